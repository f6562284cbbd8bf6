package app

import (
	"huiyin/internal/cases"
	"huiyin/internal/config"
	"huiyin/internal/notify"
	"huiyin/internal/pipeline"
	"huiyin/internal/workday"
)

// office translates who answers for what, and by which rules.
func office(cfg *config.Config, cal *workday.Calendar) pipeline.Office {
	o := pipeline.Office{
		Leaders: cfg.Leaders, Admins: cfg.Admins, Topics: cfg.Topics, MaxAge: cfg.Fetch.MaxAge, Sites: cfg.Sites,
		Signing:  pipeline.Signing{Within: cfg.Signing.Within, Major: cfg.Signing.Major, Rungs: cfg.Signing.Escalate},
		Review:   cfg.Review,
		Larger:   cases.Spread(cfg.Severity.Larger),
		Major:    cases.Spread(cfg.Severity.Major),
		Storm:    cfg.Storm,
		Disclose: disclosure(cfg),
		Inboxes:  map[string]string{},
	}
	for _, u := range cfg.Units {
		o.Units = append(o.Units, pipeline.Unit{
			Name: u.Name, A: u.A, B: u.B, Head: u.Head, Sites: u.Sites, Calendar: cal.WithHours(u.Hours),
		})
	}
	for _, s := range cfg.Sources {
		if s.Own {
			o.Own = append(o.Own, s.Name)
		}
		if s.Inbox != nil {
			o.Inboxes[s.Name] = s.Inbox.Unit
		}
	}
	for _, c := range cfg.Copies {
		o.Copies = append(o.Copies, pipeline.Copy{Name: c.Name, Units: c.Units})
	}
	return o
}

func disclosure(cfg *config.Config) cases.Disclosure {
	return cases.Disclosure{Level: cases.Level(cfg.Disclose), Board: cfg.Board}
}

// copies translates the places outside Telegram that get copies of alerts.
func copies(cfg *config.Config) []notify.Target {
	var list []notify.Target
	for _, c := range cfg.Copies {
		t := notify.Target{Name: c.Name, Kind: c.Kind, URL: c.URL.Reveal(), Secret: c.Sign.Reveal()}
		if m := c.Mail; m != nil {
			t.Mail = notify.Mail{
				Server: m.Server, TLS: m.TLS, User: m.User, Password: m.Password.Reveal(), From: m.From, To: m.To,
			}
		}
		list = append(list, t)
	}
	return list
}
