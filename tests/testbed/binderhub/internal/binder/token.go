package binder

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// claims are what a build token says: until when, for which spec, asked for by a page of which host.
type claims struct {
	Expires  int64  `json:"exp"`
	Audience string `json:"aud"`
	Origin   string `json:"origin"`
}

var jwtHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

func (s *Server) tokenKey() []byte {
	if key, err := hex.DecodeString(s.config.Str("build_token_secret", "", "BinderHub")); err == nil && len(key) > 0 {
		return key
	}
	return s.secret
}

func (s *Server) sign(text string) string {
	mac := hmac.New(sha256.New, s.tokenKey())
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// newBuildToken lets the page that is being served launch without being counted by the rate limit.
func (s *Server) newBuildToken(r *http.Request, spec string) string {
	expires := s.Now().Unix() + int64(s.config.Int("build_token_expires_seconds", 300, "BinderHub"))
	payload, _ := json.Marshal(claims{expires, spec, tokenOrigin(r)})
	text := jwtHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + s.sign(text)
}

func (s *Server) validBuildToken(r *http.Request, token, spec string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(parts[2]), []byte(s.sign(parts[0]+"."+parts[1]))) {
		return false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var c claims
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return false
	}
	if c.Expires <= s.Now().Unix() || c.Audience != spec {
		return false
	}
	return c.Origin == tokenOrigin(r) || !s.config.Bool("build_token_check_origin", true, "BinderHub")
}

// tokenOrigin is the host of the Origin header, or the Host header.
func tokenOrigin(r *http.Request) string {
	if address, err := url.Parse(r.Header.Get("Origin")); err == nil && address.Host != "" {
		return address.Host
	}
	return r.Host
}
