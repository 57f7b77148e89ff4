// Entering and leaving namespaces, and what lives in them: the host name, links and addresses.
#include "operation.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>  // AF_NETLINK, SOCK_* only

Outcome do_setns(Context& context, const wire::Op& op) {
  Fd space(sys::invoke(__NR_openat, AT_FDCWD, context.text(op.s[0]), O_RDONLY | O_CLOEXEC));
  if (!space.ok()) return from(-space.error(), wire::CALL_OPEN);
  return from(sys::invoke(__NR_setns, space.get(), op.n[0]), wire::CALL_SETNS);
}

Outcome do_setns_process(Context&, const wire::Op& op) {
  return from(sys::invoke(__NR_setns, wire::EXTRA_FD, op.n[0]), wire::CALL_SETNS);
}

Outcome do_unshare(Context&, const wire::Op& op) {
  return from(sys::invoke(__NR_unshare, op.n[0]), wire::CALL_UNSHARE);
}

Outcome do_sethostname(Context& context, const wire::Op& op) {
  return from(sys::invoke(__NR_sethostname, context.text(op.s[0]), op.s[0].length),
              wire::CALL_SETHOSTNAME);
}

// One message, one acknowledgement.
Outcome do_netlink(Context& context, const wire::Op& op) {
  Fd socket(sys::invoke(__NR_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.ok()) return from(-socket.error(), wire::CALL_SOCKET);
  long sent =
      sys::invoke(__NR_sendto, socket.get(), context.text(op.s[0]), op.s[0].length, 0, 0, 0);
  if (sent < 0) return from(sent, wire::CALL_SENDTO);
  alignas(nlmsghdr) char answer[4096];
  long length = sys::invoke(__NR_recvfrom, socket.get(), answer, sizeof answer, 0, 0, 0);
  if (length < 0) return from(length, wire::CALL_RECVFROM);
  const nlmsghdr* header = (const nlmsghdr*)answer;
  if (length < (long)(NLMSG_HDRLEN + sizeof(int)) || header->nlmsg_type != NLMSG_ERROR)
    return {EPROTO, wire::CALL_RECVFROM};
  return from(*(const int*)NLMSG_DATA(header), wire::CALL_SENDTO);
}
