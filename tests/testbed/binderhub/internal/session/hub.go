package session

import (
	"context"
	"encoding/json"
	"net/http"
)

// Hub is whom a session asks who knocks, where people sign in.
type Hub struct{ API, User string }

// knows reports that the token is the session's own user's.
func (h *Hub) knows(ctx context.Context, token string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.API+"/user", nil)
	if err != nil || token == "" {
		return false
	}
	request.Header.Set("Authorization", "token "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	var who struct{ Name string }
	return response.StatusCode == http.StatusOK && json.NewDecoder(response.Body).Decode(&who) == nil && who.Name == h.User
}
