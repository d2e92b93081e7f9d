package checkout

import (
	"errors"
	"testing"
	"testing/fstest"
)

// TestMaxRead holds that a file is not read when all files together are more than MaxRead.
func TestMaxRead(t *testing.T) {
	tree, err := Open(fstest.MapFS{"a": {Data: []byte("123")}, "b": {Data: []byte("45678")}})
	if err != nil {
		t.Fatal(err)
	}
	tree.total = MaxRead - 5
	if _, err := tree.Read("a"); err != nil {
		t.Error(err)
	}
	if content, err := tree.Read("b"); !errors.Is(err, ErrTooMuch) || content != nil {
		t.Errorf("%q, %v", content, err)
	}
	if _, err := tree.Read("a"); err != nil {
		t.Errorf("what was read before: %v", err)
	}
}
