// rtnetlink(7): loopback up, and a veth pair with its peer made directly in the container's network
// namespace.
#include "baseline.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// One request at a time is put together here.
static struct {
  struct nlmsghdr header;
  char body[512];
} message;

// A socket belongs to the network namespace it was opened in: this one keeps speaking for the host.
static int host_socket = -1;

static void* append(const void* bytes, size_t size) {
  char* at = (char*)&message + NLMSG_ALIGN(message.header.nlmsg_len);
  if (bytes) memcpy(at, bytes, size);
  message.header.nlmsg_len = NLMSG_ALIGN(message.header.nlmsg_len) + (unsigned)size;
  return at;
}

static struct rtattr* attribute(unsigned short type, const void* bytes, size_t size) {
  struct rtattr* at = append(NULL, sizeof *at);
  *at = (struct rtattr){.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = type};
  if (size > 0) append(bytes, size);
  return at;
}

static void close_nest(struct rtattr* nest) {
  nest->rta_len = (unsigned short)((char*)&message + message.header.nlmsg_len - (char*)nest);
}

static void begin(unsigned short type, unsigned short flags, const void* head, size_t size) {
  memset(&message, 0, sizeof message);
  message.header.nlmsg_len = NLMSG_HDRLEN;
  message.header.nlmsg_type = type;
  message.header.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags);
  append(head, size);
}

static bool ask(int socket, const char* what) {
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char echo[512];
  } answer;
  if (send(socket, &message, message.header.nlmsg_len, 0) < 0) return failed(what);
  if (recv(socket, &answer, sizeof answer, 0) < (ssize_t)(sizeof answer.header + sizeof(int)))
    return failed(what);
  errno = -answer.error.error;
  return answer.error.error == 0 || failed(what);
}

static bool raise_link(int socket, int index, const char* what) {
  const struct ifinfomsg link = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  begin(RTM_NEWLINK, 0, &link, sizeof link);
  return ask(socket, what);
}

static bool add_address(int socket, int index, in_addr_t address, const char* what) {
  const struct ifaddrmsg head = {
      .ifa_family = AF_INET, .ifa_prefixlen = 30, .ifa_index = (unsigned)index};
  begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof head);
  attribute(IFA_LOCAL, &address, sizeof address);
  attribute(IFA_ADDRESS, &address, sizeof address);
  return ask(socket, what);
}

static bool add_default_route(int socket, in_addr_t gateway) {
  const struct rtmsg head = {.rtm_family = AF_INET,
                             .rtm_table = RT_TABLE_MAIN,
                             .rtm_protocol = RTPROT_BOOT,
                             .rtm_type = RTN_UNICAST};
  begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof head);
  attribute(RTA_GATEWAY, &gateway, sizeof gateway);
  return ask(socket, "default route");
}

// The index is chosen, so that it need not be asked for; a new one each time, because the last pair
// may still be dying.
static int host_index(const struct container* container) {
  return 0x40000000 | (container->owner & 0xffff) << 14 | (int)(container->number & 0x3fff);
}

static bool create_pair(const struct container* container) {
  const int peer_namespace_of = 1;  // the child itself, in its own PID namespace
  char name[IFNAMSIZ];
  snprintf(name, sizeof name, "tb%x-%lx", container->owner & 0xffffff, container->number & 0xffff);
  const struct ifinfomsg host = {.ifi_index = host_index(container)}, peer = {.ifi_index = 2};
  begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &host, sizeof host);
  attribute(IFLA_IFNAME, name, strlen(name) + 1);
  struct rtattr* info = attribute(IFLA_LINKINFO, NULL, 0);
  attribute(IFLA_INFO_KIND, "veth", 4);
  struct rtattr* data = attribute(IFLA_INFO_DATA, NULL, 0);
  struct rtattr* end = attribute(VETH_INFO_PEER, &peer, sizeof peer);
  attribute(IFLA_IFNAME, "eth0", 5);
  attribute(IFLA_NET_NS_PID, &peer_namespace_of, sizeof peer_namespace_of);
  close_nest(end);
  close_nest(data);
  close_nest(info);
  return ask(host_socket, "veth");
}

static int open_socket(void) { return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE); }

bool open_host_link_socket(void) { return (host_socket = open_socket()) >= 0 || failed("netlink"); }

// Called by the child: loopback, and with --veth the pair, both ends addressed and up, and the
// default route. The kernel removes the pair with the container's network namespace; an explicit
// RTM_DELLINK would wait 20 ms for the same.
bool links_up(const struct container* container) {
  const int inside = open_socket();
  if (inside < 0) return failed("netlink");
  bool done = raise_link(inside, 1, "loopback");
  if (done && container->veth) {
    const in_addr_t network = (198u << 24 | 19u << 16 | 250u << 8) + 4u * (unsigned)container->lane;
    const in_addr_t host = htonl(network + 1), own = htonl(network + 2);
    done = create_pair(container) &&
           add_address(host_socket, host_index(container), host, "host address") &&
           raise_link(host_socket, host_index(container), "host link") &&
           add_address(inside, 2, own, "address") && raise_link(inside, 2, "link") &&
           add_default_route(inside, host);
  }
  close(inside);
  return done;
}
