package fetch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateKeepsOneAtATimeAndTheGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGates(time.Second)
		start := time.Now()
		var mu sync.Mutex
		var entered []time.Duration
		inside := 0
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				leave, err := g.enter(t.Context(), "bbs.example.cn")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				inside++
				if inside != 1 {
					t.Errorf("%d requests at once", inside)
				}
				entered = append(entered, time.Since(start))
				mu.Unlock()
				time.Sleep(300 * time.Millisecond) // the request
				mu.Lock()
				inside--
				mu.Unlock()
				leave(0)
			})
		}
		wg.Wait()
		want := []time.Duration{0, 1300 * time.Millisecond, 2600 * time.Millisecond, 3900 * time.Millisecond}
		if fmt.Sprint(entered) != fmt.Sprint(want) {
			t.Errorf("entered at %v, want %v", entered, want)
		}
	})
}

func TestGatesOfTwoHostsAreIndependent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGates(time.Hour)
		start := time.Now()
		for _, host := range []string{"a.example.cn", "b.example.cn"} {
			if _, err := g.enter(t.Context(), host); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the second host waited %v for the first", d)
		}
	})
}

func TestGateGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGates(time.Minute)
		leave, err := g.enter(t.Context(), "a.example.cn")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.enter(ctx, "a.example.cn"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for the turn: %v", err)
		}
		leave(0)
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.enter(ctx, "a.example.cn"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for the gap: %v", err)
		}
		if _, err := g.enter(t.Context(), "a.example.cn"); err != nil {
			t.Errorf("the turn was lost: %v", err)
		}
	})
}

func TestGatesForgetHosts(t *testing.T) {
	g := newGates(0)
	for i := range 3 * manyGates {
		leave, err := g.enter(t.Context(), fmt.Sprintf("h%d.example.cn", i))
		if err != nil {
			t.Fatal(err)
		}
		leave(0)
	}
	if n := len(g.host); n > manyGates {
		t.Errorf("%d gates kept", n)
	}
}
