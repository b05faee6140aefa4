/* verify_impl.h: the verifier's stages, in the order mybpf_object_load calls them. */
#ifndef MYBPF__VERIFY_IMPL_H
#define MYBPF__VERIFY_IMPL_H

#include "../load/object_impl.h"
#include "verify.h"

/* Structure of the object's linked code in every trust mode (object->code.trust); allocates and fills
 * object->facts (LEADER, PAD) and sets each function's stack.
 * 0 or ERR_VERIFY / ERR_PERMISSION / ERR_UNSUPPORTED / ERR_MEMORY. */
MYBPF__FN int mybpf__verify_structure(mybpf_object *object, mybpf_error *error);
/* Memory accesses and loops: verified mode refuses what it cannot prove, guarded marks it FACT_GUARD,
 * trusted proves nothing and marks nothing. The maps exist and hold their contents. */
MYBPF__FN int mybpf__verify_access(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error);

#endif
