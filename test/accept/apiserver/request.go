//go:build accept

package apiserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Refusal is the API server's answer to an object that it does not accept.
type Refusal struct {
	// Code is the HTTP status, Reason and Message those of the answer.
	Code            int
	Reason, Message string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s (%d %s)", r.Message, r.Code, r.Reason)
}

// do sends a request and returns the answer's body. Any answer that is not a
// success is a Refusal.
func (s *Server) do(method, path, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	request.Header.Set("Accept", "application/json")
	if method == http.MethodGet && contentType != "" {
		request.Header.Set("Accept", contentType)
	} else if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 == 2 {
		return answer, nil
	}
	refusal := &Refusal{Code: response.StatusCode}
	var status struct{ Reason, Message string }
	if err := json.Unmarshal(answer, &status); err == nil && status.Message != "" {
		refusal.Reason, refusal.Message = status.Reason, status.Message
	} else {
		refusal.Reason, refusal.Message = http.StatusText(response.StatusCode), strings.TrimSpace(string(answer))
	}
	return nil, refusal
}

// expectOK is for a request to something other than the API server.
func expectOK(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}
