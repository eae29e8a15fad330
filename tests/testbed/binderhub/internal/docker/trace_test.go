package docker

import (
	"encoding/base64"
	"encoding/json"
	"testing"
)

func TestTrace(t *testing.T) {
	message := "\x0a\x0e\x1a\x0a[1/2] FROM*\x00\x1a\x08\"\x06hello\n" + // a step that begins, and what it prints
		"\x0a\x0c\x1a\x0a[2/2] COPY" // one that waits
	for name, c := range map[string]struct{ message, want string }{
		"a step and a line": {message, "[1/2] FROM\nhello\n"},
		"cut short":         {message[:20], "[1/2] FROM\n"},
		"a fixed number":    {"\x0d1234" + message, ""},
		"the same again":    {message + message[:16], "[1/2] FROM\nhello\n"},
		"nothing":           {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			aux, _ := json.Marshal(base64.StdEncoding.EncodeToString([]byte(c.message)))
			if got := trace(aux, map[string]bool{}); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
	if got := trace(json.RawMessage(`{"ID": "x"}`), nil); got != "" {
		t.Errorf("%q of what is no trace", got)
	}
}
