package playground

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"huiyin/internal/config"
)

// unit is an office of the sample town.
type unit struct{ Name, A, B string }

// The sample town's administration: nine units, few people, so that all their phones
// fit on a page.
var (
	units = []unit{
		{"供水集团", "王敏", "李强"},
		{"住建局", "赵磊", "李强"},
		{"城管局", "李强", "赵磊"},
		{"交通局", "李强", "王敏"},
		{"教育局", "孙丽", "陈静"},
		{"卫健委", "孙丽", "陈静"},
		{"市场监管局", "孙丽", "赵磊"},
		{"人社局", "陈静", "孙丽"},
		{"市政府办公室", "陈静", "王敏"},
	}
	leaders = []string{"刘建国"}
	// head is the head of every unit, and the admin too: the town is small.
	head = "陈静"
	// people in the order of their phones on the page; the index + firstPerson is the
	// chat's ID, so nobody may be moved.
	people = []string{"王敏", "李强", "刘建国", "赵磊", "孙丽", "陈静"}
	// topics that do not go to 市政府办公室.
	duties = [][2]string{
		{"供水", "供水集团"},
		{"物业", "住建局"}, {"烂尾与购房", "住建局"}, {"供暖供气", "住建局"}, {"规划与建设", "住建局"}, {"征地拆迁", "住建局"},
		{"噪音扰民", "城管局"}, {"扬尘与污染", "城管局"}, {"城管与环境卫生", "城管局"}, {"道路与市政", "城管局"},
		{"交通出行", "交通局"}, {"教育", "教育局"}, {"医疗", "卫健委"},
		{"食品安全", "市场监管局"}, {"消费维权", "市场监管局"},
		{"欠薪与劳动", "人社局"}, {"社保医保", "人社局"},
	}
)

const firstPerson = 1001

// idOf is the chat of a person of the office; 0 for anybody else.
func idOf(name string) int64 {
	i := slices.Index(people, name)
	if i < 0 {
		return 0
	}
	return int64(firstPerson + i)
}

// roleOf says what a person does, for the phone's head.
func roleOf(name string) string {
	if slices.Contains(leaders, name) {
		return "副市长 · 看简报"
	}
	var own []string
	for _, u := range units {
		if u.A == name {
			own = append(own, u.Name)
		}
	}
	role := strings.Join(own, "、")
	if name == head {
		role += "；各单位负责人、管理员"
	}
	return role
}

// configuration is huiyin.yaml as the demo writes it. It is written anew at every
// start: the digest comes two minutes later.
var configuration = template.Must(template.New("huiyin.yaml").Parse(`# 演示用的配置，每次启动演示时重写。真正使用时请照 huiyin.example.yaml 写。
agency: 清河市人民政府
timezone: Asia/Shanghai
data_dir: huiyin
telegram:
  token_file: bot.token
  base_url: {{.URL}}
clickhouse:
  url: embedded
  keep_free: 256MiB
{{- if .Library}}
  library: {{printf "%q" .Library}}
{{- end}}
ops:
  listen: {{.Ops}}
board: http://{{.Ops}}
fetch:
  contact: {{.URL}}
  host_gap: 50ms
  allow_hosts: ["{{.Host}}"]
digest:
  at: ["{{.DigestAt}}"]
  days: all
units:
{{- range .Units}}
  - {name: {{.Name}}, a: {{.A}}, b: {{.B}}, head: {{$.Head}}}
{{- end}}
admins: [{{.Head}}]
sites: [{{.Site}}]
storm: 30
leaders: [{{range $i, $l := .Leaders}}{{if $i}}, {{end}}{{$l}}{{end}}]
topics:
{{- range .Duties}}
  {{index . 0}}: {{index . 1}}
{{- end}}
  "*": 市政府办公室
sources:
  - name: 清河新闻网
    kind: feed
    url: {{.URL}}/town/news.xml
    every: 1s
  - name: 清河论坛
    kind: forum
    url: {{.URL}}/town/forum
    every: 1s
    list: {item: li.thread, title: a.title, link: a.title, author: .author, time: .when}
    post: {text: .body, author: .author, time: .when}
`))

// configure writes huiyin.yaml and the bot's token into the data folder and loads
// them as "huiyin serve" would.
func (p *Playground) configure() (*config.Config, error) {
	at := p.opts.DigestAt
	if at == "" {
		at = time.Now().In(p.zone).Add(2 * time.Minute).Format("15:04")
	}
	host, _, err := net.SplitHostPort(p.addr)
	if err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	ops, err := beside(p.addr)
	if err != nil {
		return nil, fmt.Errorf("an address for the board: %w", err)
	}
	var b strings.Builder
	err = configuration.Execute(&b, map[string]any{
		"URL": p.URL(), "Host": p.addr, "Ops": ops, "Library": p.opts.Library, "DigestAt": at,
		"Units": units, "Leaders": leaders, "Head": head, "Duties": duties, "Site": host,
	})
	if err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	path := filepath.Join(p.opts.Dir, "huiyin.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	cfg, err := config.Load(path, config.NeedSecrets)
	if err != nil {
		return nil, fmt.Errorf("load the configuration: %w", err)
	}
	// The environment may hold the token of a real bot, which goes before the file.
	cfg.Telegram.Token = config.NewSecret(p.bot.Token())
	return cfg, nil
}

// beside is a free address for the board: the next port, so that links in the chat are
// good after a restart, or any.
func beside(addr string) (string, error) {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return "", err
	}
	ln, err := net.Listen("tcp", netip.AddrPortFrom(ap.Addr(), ap.Port()+1).String())
	if err != nil {
		ln, err = net.Listen("tcp", net.JoinHostPort(ap.Addr().String(), "0"))
	}
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}
