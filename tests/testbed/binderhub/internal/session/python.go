package session

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// The lines of Python that the double's kernel knows, and one cell as a whole (reach.go); each really does what
// Python would do.
var (
	takeMemory  = regexp.MustCompile(`^\w+ = b"x" \* (\d+)$`)
	printsValue = regexp.MustCompile(`^print\((.*)\)$`)
	environment = regexp.MustCompile(`^os\.environ(?:\["(\w+)"\]|\.get\("(\w+)"\))$`)
	readsFile   = regexp.MustCompile(`^open\("([^"]+)"\)\.read\(\)$`)
)

// result is what a cell came to.
type result struct {
	printed     string
	died        bool // the kernel's process was killed
	ename, what string
}

// runPython runs a cell, line by line. Memory is taken in a process of its own, as a kernel is one.
func (s *Server) runPython(ctx context.Context, code string) (r result) {
	if strings.Contains(code, "socket.create_connection(") {
		return tryPlaces(ctx, code)
	}
	for _, line := range strings.Split(code, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "#"):
		case takeMemory.MatchString(line):
			count, _ := strconv.ParseInt(takeMemory.FindStringSubmatch(line)[1], 10, 64)
			if _, err := s.Child(ctx, "tool", "allocate", fmt.Sprint(count>>20)); err != nil {
				return result{printed: r.printed, died: true}
			}
		case printsValue.MatchString(line):
			value, err := evaluate(printsValue.FindStringSubmatch(line)[1])
			if err != nil {
				return result{printed: r.printed, ename: "OSError", what: err.Error()}
			}
			r.printed += value + "\n"
		default:
			return result{printed: r.printed, ename: "NotImplementedError", what: "the double's kernel does not know: " + line}
		}
	}
	return r
}

func evaluate(expression string) (string, error) {
	if name := environment.FindStringSubmatch(expression); name != nil {
		return os.Getenv(name[1] + name[2]), nil
	}
	if path := readsFile.FindStringSubmatch(expression); path != nil {
		text, err := os.ReadFile(path[1])
		return string(text), err
	}
	return "", fmt.Errorf("the double's kernel does not know: %s", expression)
}
