/* names.c: the names Linux gave to its helpers, so that a missing one can be refused by name. */
#ifndef MYBPF__HELPER_NAMES_C
#define MYBPF__HELPER_NAMES_C

#include "../base/bytes.h"
#include "helper.h"

#if (defined(MYBPF_NO_ELF) || defined(MYBPF_NO_MESSAGES)) && !defined(MYBPF_NO_HELPER_NAMES)
#    define MYBPF_NO_HELPER_NAMES /* an image was made where the names are known */
#endif

MYBPF_API const char *mybpf_helper_name(uint32_t id)
{
#ifdef MYBPF_NO_HELPER_NAMES
    (void)id;
    return NULL;
#else
    /* clang-format off */
    static const char mybpf__names[] =
        "unspec\0map_lookup_elem\0map_update_elem\0map_delete_elem\0probe_read\0ktime_get_ns\0trace_printk\0"
        "get_prandom_u32\0get_smp_processor_id\0skb_store_bytes\0l3_csum_replace\0l4_csum_replace\0"
        "tail_call\0clone_redirect\0get_current_pid_tgid\0get_current_uid_gid\0get_current_comm\0"
        "get_cgroup_classid\0skb_vlan_push\0skb_vlan_pop\0skb_get_tunnel_key\0skb_set_tunnel_key\0"
        "perf_event_read\0redirect\0get_route_realm\0perf_event_output\0skb_load_bytes\0get_stackid\0"
        "csum_diff\0skb_get_tunnel_opt\0skb_set_tunnel_opt\0skb_change_proto\0skb_change_type\0"
        "skb_under_cgroup\0get_hash_recalc\0get_current_task\0probe_write_user\0current_task_under_cgroup\0"
        "skb_change_tail\0skb_pull_data\0csum_update\0set_hash_invalid\0get_numa_node_id\0skb_change_head\0"
        "xdp_adjust_head\0probe_read_str\0get_socket_cookie\0get_socket_uid\0set_hash\0setsockopt\0"
        "skb_adjust_room\0redirect_map\0sk_redirect_map\0sock_map_update\0xdp_adjust_meta\0"
        "perf_event_read_value\0perf_prog_read_value\0getsockopt\0override_return\0sock_ops_cb_flags_set\0"
        "msg_redirect_map\0msg_apply_bytes\0msg_cork_bytes\0msg_pull_data\0bind\0xdp_adjust_tail\0"
        "skb_get_xfrm_state\0get_stack\0skb_load_bytes_relative\0fib_lookup\0sock_hash_update\0"
        "msg_redirect_hash\0sk_redirect_hash\0lwt_push_encap\0lwt_seg6_store_bytes\0lwt_seg6_adjust_srh\0"
        "lwt_seg6_action\0rc_repeat\0rc_keydown\0skb_cgroup_id\0get_current_cgroup_id\0get_local_storage\0"
        "sk_select_reuseport\0skb_ancestor_cgroup_id\0sk_lookup_tcp\0sk_lookup_udp\0sk_release\0"
        "map_push_elem\0map_pop_elem\0map_peek_elem\0msg_push_data\0msg_pop_data\0rc_pointer_rel\0spin_lock\0"
        "spin_unlock\0sk_fullsock\0tcp_sock\0skb_ecn_set_ce\0get_listener_sock\0skc_lookup_tcp\0"
        "tcp_check_syncookie\0sysctl_get_name\0sysctl_get_current_value\0sysctl_get_new_value\0"
        "sysctl_set_new_value\0strtol\0strtoul\0sk_storage_get\0sk_storage_delete\0send_signal\0"
        "tcp_gen_syncookie\0skb_output\0probe_read_user\0probe_read_kernel\0probe_read_user_str\0"
        "probe_read_kernel_str\0tcp_send_ack\0send_signal_thread\0jiffies64\0read_branch_records\0"
        "get_ns_current_pid_tgid\0xdp_output\0get_netns_cookie\0get_current_ancestor_cgroup_id\0sk_assign\0"
        "ktime_get_boot_ns\0seq_printf\0seq_write\0sk_cgroup_id\0sk_ancestor_cgroup_id\0ringbuf_output\0"
        "ringbuf_reserve\0ringbuf_submit\0ringbuf_discard\0ringbuf_query\0csum_level\0skc_to_tcp6_sock\0"
        "skc_to_tcp_sock\0skc_to_tcp_timewait_sock\0skc_to_tcp_request_sock\0skc_to_udp6_sock\0"
        "get_task_stack\0load_hdr_opt\0store_hdr_opt\0reserve_hdr_opt\0inode_storage_get\0"
        "inode_storage_delete\0d_path\0copy_from_user\0snprintf_btf\0seq_printf_btf\0skb_cgroup_classid\0"
        "redirect_neigh\0per_cpu_ptr\0this_cpu_ptr\0redirect_peer\0task_storage_get\0task_storage_delete\0"
        "get_current_task_btf\0bprm_opts_set\0ktime_get_coarse_ns\0ima_inode_hash\0sock_from_file\0"
        "check_mtu\0for_each_map_elem\0snprintf\0sys_bpf\0btf_find_by_name_kind\0sys_close\0timer_init\0"
        "timer_set_callback\0timer_start\0timer_cancel\0get_func_ip\0get_attach_cookie\0task_pt_regs\0"
        "get_branch_snapshot\0trace_vprintk\0skc_to_unix_sock\0kallsyms_lookup_name\0find_vma\0loop\0"
        "strncmp\0get_func_arg\0get_func_ret\0get_func_arg_cnt\0get_retval\0set_retval\0xdp_get_buff_len\0"
        "xdp_load_bytes\0xdp_store_bytes\0copy_from_user_task\0skb_set_tstamp\0ima_file_hash\0kptr_xchg\0"
        "map_lookup_percpu_elem\0skc_to_mptcp_sock\0dynptr_from_mem\0ringbuf_reserve_dynptr\0"
        "ringbuf_submit_dynptr\0ringbuf_discard_dynptr\0dynptr_read\0dynptr_write\0dynptr_data\0"
        "tcp_raw_gen_syncookie_ipv4\0tcp_raw_gen_syncookie_ipv6\0tcp_raw_check_syncookie_ipv4\0"
        "tcp_raw_check_syncookie_ipv6\0ktime_get_tai_ns\0user_ringbuf_drain\0cgrp_storage_get\0"
        "cgrp_storage_delete\0";
    /* clang-format on */
    return id ? mybpf__nth_text(mybpf__names, id) : NULL;
#endif
}

/* Why an official helper is not here; "" for those that are. */
MYBPF__COLD const char *mybpf__helper_why(uint32_t id)
{
#ifdef MYBPF_NO_HELPER_NAMES
    (void)id;
    return "";
#else
    enum { EVENTS, FILES, ROUTES, SOCKETS };
    static const char mybpf__reasons[] =
        ": perf_event_output does that here\0: it needs a kernel's tasks and files\0"
        ": it acts on a kernel's routes\0"
        ": it acts on a kernel's sockets\0";
    static const struct {
        uint8_t first, last, why;
    } mybpf__rows[] = {{63, 64, SOCKETS},   {73, 76, ROUTES},      {90, 91, SOCKETS},
                       {100, 100, SOCKETS}, {110, 110, SOCKETS},   {111, 111, EVENTS},  {116, 116, SOCKETS},
                       {121, 121, EVENTS},  {128, 129, SOCKETS}, {136, 140, SOCKETS},
                       {142, 144, SOCKETS}, {147, 147, FILES},     {159, 159, FILES},   {161, 162, FILES},
                       {178, 178, SOCKETS}, {193, 193, FILES},     {196, 196, SOCKETS},
                       {204, 207, SOCKETS}};
    for (size_t i = 0; i < sizeof mybpf__rows / sizeof *mybpf__rows; i++)
        if (id >= mybpf__rows[i].first && id <= mybpf__rows[i].last)
            return mybpf__nth_text(mybpf__reasons, mybpf__rows[i].why);
    return "";
#endif
}

#endif
