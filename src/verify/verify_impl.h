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

struct mybpf__sim;
/* Gives the load's log, if there is one, what is to be said of the refusal `error`; `sim` is where the
 * simulation was, NULL before it. */
#ifndef MYBPF_NO_PROVER
MYBPF__FN void mybpf__explain_refusal(const mybpf_object *object, const mybpf_load_opts *opts,
                                      const struct mybpf__sim *sim, mybpf_error *error);
#else
#    define mybpf__explain_refusal(object, opts, sim, error) (void)(opts)
#endif

#endif
