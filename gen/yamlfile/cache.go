package yamlfile

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/lvs-cloud/lvsgen/gen/diag"
)

// Source gives the content of files.
type Source interface {
	Read(name string) ([]byte, error)
}

// Cache parses each file once. It may be used from several goroutines.
type Cache struct {
	source Source
	mu     sync.Mutex
	files  map[string]parsed
}

type parsed struct {
	docs     []*Document
	findings diag.Findings
}

// NewCache reads from source.
func NewCache(source Source) *Cache {
	return &Cache{source: source, files: map[string]parsed{}}
}

// Documents gives the documents of a file, and what is wrong with it.
func (c *Cache) Documents(name string) ([]*Document, diag.Findings) {
	c.mu.Lock()
	p, ok := c.files[name]
	c.mu.Unlock()
	if ok {
		return p.docs, p.findings
	}
	content, err := c.source.Read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.findings = diag.Findings{diag.Errorf("missing-file", diag.Position{File: name}, "the file does not exist")}
	case err != nil:
		p.findings = diag.Findings{diag.Errorf(Rule, diag.Position{File: name}, "the file cannot be read: %v", err)}
	default:
		p.docs, p.findings = Parse(name, content)
	}
	c.mu.Lock()
	c.files[name] = p
	c.mu.Unlock()
	return p.docs, p.findings
}
