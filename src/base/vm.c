/* vm.c: to be written */
