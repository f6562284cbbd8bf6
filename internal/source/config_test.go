package source

import (
	"strings"
	"testing"
	"time"

	"huiyin/internal/parse"
)

func TestValidate(t *testing.T) {
	feed := Config{Name: "晨报", Kind: KindFeed, URL: "https://example.cn/rss"}
	forum := Config{Name: "论坛", Kind: KindForum, URL: "https://example.cn/", List: parse.Fields{Item: "li", Link: "a@data-url"}, Post: parse.PageFields{Text: `a[href*="@"]`}}
	for _, c := range []Config{feed, forum} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for want, change := range map[string]func(*Config){
		"name: empty":             func(c *Config) { c.Name = " " },
		"url: empty":              func(c *Config) { c.URL = "" },
		"url: not an absolute":    func(c *Config) { c.URL = "example.cn/rss" },
		"url: holds a user name":  func(c *Config) { c.URL = "https://u:p@example.cn/" },
		"floor: 1ms is under 1s":  func(c *Config) { c.Floor = time.Millisecond },
		"ceiling: 1m0s is under":  func(c *Config) { c.Floor, c.Ceiling = time.Hour, time.Minute },
		"charset: \"klingon\"":    func(c *Config) { c.Charset = "klingon" },
		"pages: negative":         func(c *Config) { c.Pages = -1 },
		"tries: negative":         func(c *Config) { c.Tries = -1 },
		"kind: \"gopher\"":        func(c *Config) { c.Kind = "gopher" },
		"kind: a feed takes no":   func(c *Config) { c.Kind = KindFeed },
		"list.item: empty":        func(c *Config) { c.List.Item = "" },
		"list.item: takes no @id": func(c *Config) { c.List.Item = "li@id" },
		"list.time: not a CSS":    func(c *Config) { c.List.Time = "td[" },
		"post.author: not a CSS":  func(c *Config) { c.Post.Author = "::nonsense(" },
		"post.text: empty, with":  func(c *Config) { c.Post.Text, c.Post.Time = "", "em" },
	} {
		c := forum
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	all := Config{Floor: 1, Kind: KindForum, List: parse.Fields{Item: "["}}
	if err := all.Validate(); err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("want four problems at once, got %v", err)
	}
}
