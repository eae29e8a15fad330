package binder

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// remoteIP is the address of the visitor as tornado finds it with xheaders on: X-Real-Ip, else the last of
// X-Forwarded-For, else the connection's.
func remoteIP(r *http.Request) string {
	candidates := []string{r.Header.Get("X-Real-Ip")}
	if forwarded := strings.Split(r.Header.Get("X-Forwarded-For"), ","); len(forwarded) > 0 {
		candidates = append(candidates, strings.TrimSpace(forwarded[len(forwarded)-1]))
	}
	for _, candidate := range candidates {
		if _, err := netip.ParseAddr(candidate); err == nil {
			return candidate
		}
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

// bannedLabel is the label of the banned network that a request comes from, or "".
func (s *Server) bannedLabel(r *http.Request) string {
	address, err := netip.ParseAddr(remoteIP(r))
	if err != nil {
		return ""
	}
	for prefix, label := range s.config.Banned {
		if prefix.Contains(address.Unmap()) {
			return label
		}
	}
	return ""
}

// origin is the scheme and host that the visitor used.
func origin(r *http.Request) string {
	scheme := r.Header.Get("X-Forwarded-Proto")
	if scheme == "" {
		scheme = r.Header.Get("X-Scheme")
	}
	if scheme != "https" {
		scheme = "http"
	}
	return scheme + "://" + r.Host
}
