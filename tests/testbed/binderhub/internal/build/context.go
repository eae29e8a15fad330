package build

import (
	"net"
	"net/http"
	"time"
)

// serveContext serves dir as a tar at this pod's own address, for the daemon to fetch, until stop is called.
func serveContext(dir string) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(ownAddress(), "0"))
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{ReadHeaderTimeout: 30 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = tarDir(w, dir) })}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String() + "/context.tar", func() { _ = server.Close() }, nil
}

// ownAddress is the first IPv4 address that is not loopback, or loopback without one.
func ownAddress() string {
	addresses, _ := net.InterfaceAddrs()
	for _, address := range addresses {
		if n, ok := address.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
