package notify

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// postOffice is a real mail server on a loopback address.
type postOffice struct {
	mechanisms []string // of login; none: nobody has to
	recipient  error    // what RCPT is answered
	content    error    // what DATA is answered

	mu    sync.Mutex
	mails []*mail.Message
	texts []string
	to    []string
	tls   bool
	user  string
}

// certificate is one for 127.0.0.1, and the pool that vouches for it.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, pool
}

// open starts the server as it is asked for and returns how to reach it.
func (o *postOffice) open(t testing.TB, security string, config *tls.Config) Target {
	t.Helper()
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		sess := &session{office: o, conn: c}
		if len(o.mechanisms) > 0 {
			return authSession{sess}, nil
		}
		return sess, nil
	}))
	s.Domain, s.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	switch security {
	case TLSWhole:
		ln = tls.NewListener(ln, config)
	case TLSStart:
		s.TLSConfig = config
	}
	go s.Serve(ln)
	t.Cleanup(func() { s.Close() })
	return mailbox(port, security)
}

func mailbox(port int, security string) Target {
	return Target{Name: "信", Kind: ByMail, Mail: Mail{
		Server: fmt.Sprintf("127.0.0.1:%d", port), TLS: security, From: "回音 <huiyin@agency.example>",
		To: []string{"wang@agency.example", "李强 <li@agency.example>"},
	}}
}

type session struct {
	office *postOffice
	conn   *smtp.Conn
	to     []string
	user   string
}

func (s *session) Reset()                               { s.to = nil }
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return s.office.recipient
}

func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	if err != nil {
		return err
	}
	if s.office.content != nil {
		return s.office.content
	}
	o := s.office
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mails, o.texts, o.to, o.user = append(o.mails, m), append(o.texts, string(body)), s.to, s.user
	_, o.tls = s.conn.TLSConnectionState()
	return nil
}

type authSession struct{ *session }

func (s authSession) AuthMechanisms() []string { return s.office.mechanisms }

func (s authSession) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != "huiyin" || password != secret {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}
	if mech == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// loginServer is the LOGIN that 163 and others have.
type loginServer struct {
	user  string
	asked int
	check func(user, password string) error
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

func TestMailIsSent(t *testing.T) {
	config, pool := certificate(t)
	tests := []struct {
		security   string
		mechanisms []string
	}{
		{TLSNone, nil}, {TLSStart, nil}, {TLSWhole, nil},
		{TLSStart, []string{"PLAIN"}}, {TLSWhole, []string{"PLAIN"}},
		{TLSStart, []string{"LOGIN"}}, {TLSWhole, []string{"LOGIN"}},
	}
	for _, test := range tests {
		o := &postOffice{mechanisms: test.mechanisms}
		target := o.open(t, test.security, config)
		if test.mechanisms != nil {
			target.Mail.User, target.Mail.Password = "huiyin", secret
		}
		h := newHouse(t, &clock{at: friday}, Options{RootCAs: pool}, target)
		h.say("@信", "1", alert)
		h.step()
		if h.delivered != 1 || len(o.mails) != 1 {
			t.Fatalf("%v: %d delivered; log:\n%s", test, h.delivered, h.log)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(o.mails[0].Header.Get("Subject"))
		if err != nil || subject != "【重大】城东停水三天" {
			t.Errorf("subject %q, %v", subject, err)
		}
		if o.texts[0] != strings.ReplaceAll(alert, "\n", "\r\n") || !slices.Equal(o.to, []string{"wang@agency.example", "li@agency.example"}) {
			t.Errorf("text %q to %q", o.texts[0], o.to)
		}
		if o.tls != (test.security != TLSNone) || (o.user == "huiyin") != (test.mechanisms != nil) {
			t.Errorf("%v: encrypted %v, user %q", test, o.tls, o.user)
		}
		if date, err := o.mails[0].Header.Date(); err != nil || !date.Equal(friday) {
			t.Errorf("date %v, %v", date, err)
		}
	}
}

func TestMailThatIsNotTaken(t *testing.T) {
	config, pool := certificate(t)
	no := func(code int, text string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
	}
	tests := []struct {
		name     string
		office   *postOffice
		security string
		change   func(*Target)
		advice   string
	}{
		{name: "wrong password", office: &postOffice{mechanisms: []string{"PLAIN"}}, security: TLSStart, advice: "邮件服务器不让登录",
			change: func(t *Target) { t.Mail.User, t.Mail.Password = "huiyin", secret+"x" }},
		{name: "wrong password, the other way", office: &postOffice{mechanisms: []string{"LOGIN"}}, security: TLSWhole, advice: "邮件服务器不让登录",
			change: func(t *Target) { t.Mail.User, t.Mail.Password = "huiyin", secret+"x" }},
		{name: "no login there", security: TLSStart, advice: "邮件服务器不让登录",
			change: func(t *Target) { t.Mail.User, t.Mail.Password = "huiyin", secret }},
		{name: "no starttls there", security: TLSNone, advice: "连不上", change: func(t *Target) { t.Mail.TLS = TLSStart }},
		{name: "a stranger's certificate", security: TLSWhole, advice: "连不上", change: func(t *Target) { t.Mail.Server = strings.Replace(t.Mail.Server, "127.0.0.1", "localhost", 1) }},
		{name: "an address that is gone", office: &postOffice{recipient: no(550, "no such user")}, security: TLSNone, advice: "no such user"},
		{name: "greylisted", office: &postOffice{recipient: no(451, "try later")}, security: TLSNone, advice: "try later"},
		{name: "full", office: &postOffice{content: no(452, "mailbox full")}, security: TLSNone, advice: "mailbox full"},
		{name: "taken for spam", office: &postOffice{content: no(554, "spam")}, security: TLSNone, advice: "不收消息"},
	}
	for _, test := range tests {
		o := test.office
		if o == nil {
			o = new(postOffice)
		}
		target := o.open(t, test.security, config)
		if test.change != nil {
			test.change(&target)
		}
		h := newHouse(t, &clock{at: friday}, Options{RootCAs: pool}, target)
		h.say("@信", "1", alert)
		h.step()
		if err := h.notify.Health(); err == nil || !strings.Contains(err.Error(), test.advice) {
			t.Errorf("%s: health %v", test.name, err)
		}
		all, err := h.Outgoing(t.Context())
		if err != nil || len(all) != 1 || !all[0].Begun.IsZero() || len(o.mails) != 0 {
			t.Errorf("%s: queue %+v, %v", test.name, all, err)
		}
	}
}

// A mail that breaks off before its end did not arrive; one that was written to its end
// and not answered may have, and is sent again with the same Message-ID.
func TestMailBrokenOff(t *testing.T) {
	for stage, marked := range map[string]bool{"greeting": false, "EHLO": false, "MAIL": false, "RCPT": false, "DATA": false, ".": true, "endless": false} {
		seen := script(t, stage)
		h := newHouse(t, &clock{at: friday}, Options{Timeout: 2 * time.Second}, mailbox(seen.port, TLSNone))
		h.say("@信", "1", alert)
		for range 3 {
			h.step()
		}
		if h.delivered != 1 || len(h.refusals) != 0 {
			t.Fatalf("%s: %d delivered; log:\n%s", stage, h.delivered, h.log)
		}
		if got := strings.Contains(seen.last(), "6KGl5Y"); got != marked { // base64 of 补
			t.Errorf("%s: marked as repeated: %v\n%s", stage, got, seen.last())
		}
		if ids := seen.ids(); marked && (len(ids) != 2 || ids[0] != ids[1]) {
			t.Errorf("%s: message IDs %q", stage, ids)
		}
	}
}

// scripted is a mail server that cuts its first connection at a stage, and answers the
// end of the second oddly.
type scripted struct {
	port  int
	mu    sync.Mutex
	mails []string
}

func script(t testing.TB, stage string) *scripted {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	s := &scripted{port: ln.Addr().(*net.TCPAddr).Port}
	go func() {
		for n := 0; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			at := ""
			if n == 0 {
				at = stage
			}
			go s.talk(conn, at)
		}
	}()
	return s
}

func (s *scripted) talk(conn net.Conn, stage string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	say := func(line string) { io.WriteString(conn, line+"\r\n") }
	switch stage {
	case "greeting":
		return
	case "endless":
		for chunk := strings.Repeat("2", 1<<16); ; {
			if _, err := io.WriteString(conn, chunk); err != nil {
				return
			}
		}
	}
	say("220 mail.example")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		word := strings.ToUpper(strings.TrimSpace(line[:min(4, len(line))]))
		if word == stage {
			return
		}
		switch word {
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
				b.WriteString(line)
			}
			s.mu.Lock()
			s.mails = append(s.mails, b.String())
			s.mu.Unlock()
			if stage == "." {
				return
			}
			say("250 taken")
		case "EHLO", "MAIL", "RCPT":
			say("250 ok")
		default: // of RSET, NOOP and QUIT this one knows nothing
			say("500 what")
		}
	}
}

func (s *scripted) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) == 0 {
		return ""
	}
	return s.mails[len(s.mails)-1]
}

func (s *scripted) ids() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.mails {
		parsed, err := mail.ReadMessage(strings.NewReader(m))
		if err != nil {
			return []string{errors.Join(errors.New(m), err).Error()}
		}
		ids = append(ids, parsed.Header.Get("Message-ID"))
	}
	return ids
}
