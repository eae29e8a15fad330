package build

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestDataverseListMustAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		status        int
		body, refusal string
	}{
		"a list":        {200, `{"installations": [{"hostname": "dataverse.example.org", "name": "x"}]}`, ""},
		"an empty list": {200, `{"installations": []}`, ""},
		"not there":     {404, "", "404 Not Found for url"},
		"a page":        {200, "<html>", "invalid character"},
		"no hostname":   {200, `{"installations": [{}]}`, "without a hostname"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			defer server.Close()
			t.Setenv(dataverseVariable, server.URL)
			err := readDataverses(t.Context())
			if (err == nil) != (c.refusal == "") || err != nil && !strings.Contains(err.Error(), c.refusal) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Setenv(dataverseVariable, "")
	if err := readDataverses(t.Context()); err == nil || !strings.Contains(err.Error(), "is not set") {
		t.Errorf("without the variable: %v", err)
	}
}
