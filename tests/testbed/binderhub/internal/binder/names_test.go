package binder

import (
	"strings"
	"testing"
)

// The expected names were computed with BinderHub's own functions (binderhub/builder.py at b9fad995).
func TestNamesAreBinderHubs(t *testing.T) {
	const prefix = "10.43.0.50:5000/i-"
	for _, c := range []struct{ slug, ref, build, image string }{
		{"binder-examples-requirements", "50533eb470ee6c24e872043d30b2fee463d6943f",
			"build-binder-2dexamples-2drequirements-55ab5c-505-2c",
			prefix + "binder-2dexamples-2drequirements-55ab5c:50533eb470ee6c24e872043d30b2fee463d6943f"},
		{"http://git.testbed:8080/minimal", "0123456789abcdef0123456789abcdef01234567",
			"build-http-3a-2f-2fgit-2etestbed-3a8080-2fminimal-5b2b74-012-de",
			prefix + "http-3a-2f-2fgit-2etestbed-3a8080-2fminimal-5b2b74:0123456789abcdef0123456789abcdef01234567"},
		{"Ünicode_Org-" + strings.Repeat("x", 80), strings.Repeat("deadbeef", 5),
			"build--c3-9cnicode-5forg-2dxxxxxxxxxxxxxxxxxxxxxx-06aec8-dea-8b",
			prefix + "-c3-9cnicode-5forg-2d" + strings.Repeat("x", 80) + "-06aec8:" + strings.Repeat("deadbeef", 5)},
	} {
		if got := buildName(c.slug, c.ref); got != c.build {
			t.Errorf("build of %s: %s, not %s", c.slug, got, c.build)
		}
		if got := imageName(prefix, c.slug, c.ref); got != c.image {
			t.Errorf("image of %s: %s, not %s", c.slug, got, c.image)
		}
	}
}

func TestNameWithinTheRegistry(t *testing.T) {
	for full, want := range map[string][2]string{
		"10.43.0.50:5000/i-x:1": {"i-x", "1"},
		"user/project:tag":      {"user/project", "tag"},
		"reg.io/a/b/c":          {"a/b/c", "latest"},
		"minimal/name":          {"minimal/name", "latest"},
		"host/x":                {"x", "latest"},
	} {
		if name, tag := basenameAndTag(full); name != want[0] || tag != want[1] {
			t.Errorf("%s: %s and %s, not %v", full, name, tag, want)
		}
	}
}

func TestUserNames(t *testing.T) {
	for repo, want := range map[string]string{
		"https://github.com/minrk/binder-example.git":                  "minrk-binder-example-",
		"git@example.org:group/repo":                                   "group-repo-",
		"http://git:8080/a-very-long-group-name/and-a-long-repository": "a-very-long-gro-long-repository-",
	} {
		got := userName(repo)
		if !strings.HasPrefix(got, want) || len(got) != len(want)+8 {
			t.Errorf("%s: %s", repo, got)
		}
		if got == userName(repo) {
			t.Errorf("%s: the same name twice", repo)
		}
	}
}
