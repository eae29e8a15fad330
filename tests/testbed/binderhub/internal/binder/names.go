package binder

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// safeSlug is BinderHub's _safe_build_slug: the slug escaped to letters and digits, cut, and a hash of all of it.
func safeSlug(slug string, limit, hashLength int) string {
	sum := sha256.Sum256([]byte(slug))
	escaped := escape(slug)
	return strings.ToLower(cut(escaped, limit-hashLength-1) + "-" + hex.EncodeToString(sum[:])[:hashLength])
}

// escape writes every byte but ASCII letters and digits as -XX (escapism with escape_char "-").
func escape(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "-%X", b)
		}
	}
	return out.String()
}

// cut is Python's text[:length], which counts a negative length from the end.
func cut(text string, length int) string {
	if length < 0 {
		length = max(len(text)+length, 0)
	}
	return text[:min(length, len(text))]
}

// buildName names the build pod of a repository at a ref: the same for the same two, at most 63 characters.
func buildName(slug, ref string) string {
	const prefix, limit, refLength = "build-", 63, 6
	safe := safeSlug(slug, limit-len(prefix)-refLength-1, 6)
	return strings.ToLower(prefix + safe + "-" + cut(safeSlug(ref, refLength, 2), refLength))
}

// imageName names the image of a repository at a ref.
func imageName(prefix, slug, ref string) string {
	name := prefix + safeSlug(slug, 255-len(prefix), 6) + ":" + ref
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

var dockerHubName = regexp.MustCompile(`^[a-z0-9]{4,40}/[a-z0-9._-]{2,255}$`)

// basenameAndTag splits an image name into the name within its registry, and the tag.
func basenameAndTag(full string) (string, string) {
	name, tag := full, "latest"
	if i := strings.LastIndex(full, ":"); i >= 0 {
		name, tag = full[:i], full[i+1:]
	}
	if dockerHubName.MatchString(name) {
		return name, tag
	}
	_, base, _ := strings.Cut(name, "/")
	return base, tag
}

var sshURL = regexp.MustCompile(`.*@.*:`)

// userName makes the name of the user that a launch is for: from the repository's path, with a random end.
func userName(repoURL string) string {
	path := repoURL
	if !strings.Contains(repoURL, "://") && sshURL.MatchString(repoURL) {
		_, path, _ = strings.Cut(repoURL, ":")
	} else if address, err := url.Parse(repoURL); err == nil {
		path = address.Path
	}
	prefix := strings.ToLower(strings.ReplaceAll(strings.Trim(path, "/"), "/", "-"))
	prefix = strings.TrimSuffix(prefix, ".git")
	if len(prefix) > 32 {
		prefix = prefix[:15] + "-" + prefix[len(prefix)-15:]
	}
	return prefix + "-" + randomText(8)
}

// randomText returns lower-case letters and digits that cannot be guessed.
func randomText(length int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, length)
	_, _ = rand.Read(out)
	for i := range out {
		out[i] = letters[int(out[i])%len(letters)]
	}
	return string(out)
}
