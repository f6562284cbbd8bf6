package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"unicode/utf8"

	mail "github.com/wneessen/go-mail"

	"huiyin/internal/cases"
)

const (
	maxSubject = 60       // runes
	maxMail    = 64 << 10 // bytes of text
	maxHeard   = 1 << 20  // bytes that a mail server may say to one message
)

// sendMail sends one message.
func sendMail(ctx context.Context, m Mail, o Options, p cases.Parcel) answer {
	msg, err := compose(m, o, p)
	if err != nil {
		return answer{outcome: refused, said: oneLine(err.Error())}
	}
	host, port, err := m.split()
	if err != nil {
		return answer{outcome: lost, said: oneLine(err.Error())}
	}
	c, err := mail.NewClient(host, m.options(ctx, o, host, port)...)
	if err != nil {
		return answer{outcome: lost, said: oneLine(err.Error())}
	}
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		a := answer{outcome: lost, fault: away, said: oneLine(err.Error())}
		if strings.Contains(a.said, "AUTH") {
			a.fault = noLogin
		}
		return a
	}
	err = c.SendWithSMTPClient(conn, msg)
	_ = c.CloseWithSMTPClient(conn) // how it ended is known by then
	return posted(msg, err)
}

// compose makes a mail of a text: its first line is the subject. The same message has
// the same Message-ID when it is sent again, so that many a mailbox shows it once.
func compose(m Mail, o Options, p cases.Parcel) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithEncoding(mail.EncodingB64))
	if err := errors.Join(msg.From(m.From), msg.To(m.To...)); err != nil {
		return nil, err
	}
	subject, _, _ := strings.Cut(p.Text, "\n")
	if subject = oneLine(subject); utf8.RuneCountInString(subject) > maxSubject {
		subject = string([]rune(subject)[:maxSubject]) + "…"
	}
	msg.Subject(subject)
	msg.SetDateWithValue(o.Now())
	id := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", p.To, p.Seq, p.Key))
	msg.SetMessageIDWithValue(fmt.Sprintf("%x@huiyin", id[:16]))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers
	text := fit(strings.ToValidUTF8(textOf(p), ""), maxMail)
	msg.SetBodyString(mail.TypeTextPlain, strings.ReplaceAll(text, "\n", "\r\n"))
	return msg, nil
}

// split parts the server's address.
func (m Mail) split() (host string, port int, err error) {
	host, service, err := net.SplitHostPort(m.Server)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(service, 10, 16)
	if err != nil || n == 0 || host == "" {
		return "", 0, fmt.Errorf("%q is no host:port", m.Server)
	}
	return host, int(n), nil
}

// options are those of the library for one message.
func (m Mail) options(ctx context.Context, o Options, host string, port int) []mail.Option {
	security := &tls.Config{ServerName: host, RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12}
	policy := mail.NoTLS
	if m.TLS == TLSStart {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(port), mail.WithTimeout(o.Timeout), mail.WithTLSPolicy(policy), mail.WithTLSConfig(security),
		// Some servers do not know these two, and neither is of use for one message.
		mail.WithoutNoop(), mail.WithoutRset(),
		mail.WithDialContextFunc(func(dialing context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(dialing, network, addr)
			if err != nil {
				return nil, err
			}
			// The library looks at the context only while it dials.
			context.AfterFunc(ctx, func() { conn.Close() })
			conn = &bounded{conn, io.LimitedReader{R: conn, N: maxHeard}}
			if m.TLS == TLSWhole {
				conn = tls.Client(conn, security)
			}
			return conn, nil
		}),
	}
	if m.User != "" {
		options = append(options, mail.WithUsername(m.User), mail.WithPassword(m.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthCramMD5, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return options
}

// bounded is a connection from which only so much is read: the library itself would
// keep a line without end.
type bounded struct {
	net.Conn
	in io.LimitedReader
}

// Read reads what is left to be read.
func (b *bounded) Read(p []byte) (int, error) { return b.in.Read(p) }

// posted tells how the sending of a mail ended, once there was a connection.
func posted(msg *mail.Msg, err error) answer {
	if msg.IsDelivered() { // what went wrong after that does not matter
		return answer{outcome: delivered}
	}
	a := answer{outcome: lost, said: "no answer"}
	if err != nil {
		a.said = oneLine(err.Error())
	}
	var failure *mail.SendError
	if !errors.As(err, &failure) {
		return a
	}
	permanent := failure.ErrorCode() >= 500
	switch failure.Reason {
	case mail.ErrSMTPDataClose: // the whole mail was written
		switch {
		case failure.ErrorCode() == 0:
			a.outcome = unknown
		case permanent:
			a.outcome = doubtful
		}
	case mail.ErrSMTPMailFrom, mail.ErrSMTPRcptTo:
		if permanent {
			a.fault = wrongEnvelope
		}
	case mail.ErrGetSender, mail.ErrGetRcpts:
		a.outcome = refused
	}
	return a
}
