package chdb

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// find returns the only file below dir that matches pattern.
func find(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v %v", pattern, found, err)
	}
	return found[0]
}

// TestRepair damages a closed engine's folder in each way that a full disk
// does, and opens it.
func TestRepair(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := startEngine(t, dir)
	conn := connect(t, e)
	for _, sql := range []string{
		"CREATE TABLE emptied (a UInt32) ENGINE = MergeTree ORDER BY a", "INSERT INTO emptied VALUES (1)",
		"CREATE TABLE cut (a UInt32) ENGINE = MergeTree ORDER BY a", "INSERT INTO cut VALUES (2)",
		"CREATE TABLE nocopy (a UInt32) ENGINE = MergeTree ORDER BY a",
		"CREATE TABLE dropped (a UInt32) ENGINE = MergeTree ORDER BY a", "DROP TABLE dropped SYNC",
		"CREATE DATABASE other", "CREATE TABLE other.t (a UInt32) ENGINE = MergeTree ORDER BY a", "INSERT INTO other.t VALUES (3)",
		"ALTER TABLE emptied ADD COLUMN b String",
	} {
		run(t, conn, sql)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, copiesName, "store/*/*/dropped.sql")); left != nil {
		t.Errorf("a dropped table's definition is still kept: %s", left)
	}
	data := filepath.Join(dir, dataName)
	truncate := func(path string, size int64) {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	truncate(find(t, data, "store/*/*/emptied.sql"), 0)
	truncate(find(t, data, "store/*/*/cut.sql"), 20)
	truncate(find(t, data, "store/*/*/nocopy.sql"), 0)
	truncate(find(t, data, "metadata/other.sql"), 0)
	if err := os.Remove(find(t, filepath.Join(dir, copiesName), "store/*/*/nocopy.sql")); err != nil {
		t.Fatal(err)
	}
	database := filepath.Dir(find(t, data, "store/*/*/cut.sql"))
	tables, err := filepath.Glob(filepath.Join(data, "store/*/*", formatVersion))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	truncate(tables[0], 0)
	for _, stray := range []string{filepath.Join(database, "x.sql.tmp"), filepath.Join(filepath.Dir(tables[0]), "mutation_9.txt")} {
		if err := os.WriteFile(stray, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	conn = connect(t, startEngine(t, dir))
	for sql, want := range map[string]uint64{
		"SELECT sum(a) + countIf(b = '') FROM emptied":                         2,
		"SELECT sum(a) FROM cut":                                               2,
		"SELECT sum(a) FROM other.t":                                           3,
		"SELECT count() FROM system.tables WHERE name = 'nocopy'":              0,
		"SELECT count() FROM system.mutations":                                 0,
		"SELECT count() FROM system.tables WHERE database = currentDatabase()": 2,
	} {
		if got := one[uint64](t, conn, sql); got != want {
			t.Errorf("%s = %d, want %d", sql, got, want)
		}
	}
	aside, err := filepath.Glob(filepath.Join(dir, asideName, "*/store/*/*/*"))
	if err != nil || len(aside) != 6 {
		t.Errorf("moved aside: %s %v", aside, err)
	}
}

// TestLostPart takes a part away, or breaks one, and sends its batch again with
// the token that the engine still remembers: the rows must come back.
func TestLostPart(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(part string) error{
		"gone":   os.RemoveAll,
		"broken": func(part string) error { return os.Truncate(filepath.Join(part, "data.bin"), 1) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := startEngine(t, dir)
			s := &shipment{conn: connect(t, e), rows: 10, text: func() string { return "停水" }}
			run(t, s.conn, shipmentTable)
			for batch := range uint64(3) {
				if err := s.send(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(find(t, dir, dataName+"/store/*/*/all_2_2_0")); err != nil {
				t.Fatal(err)
			}
			e = startEngine(t, dir)
			s.conn = connect(t, e)
			s.verify(t, 2)
			for batch := range uint64(3) {
				if err := s.send(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
			}
			s.verify(t, 3)
			if want := map[string]int{"gone": 0, "broken": 1}[name]; e.DetachedParts() != want {
				t.Errorf("%d detached parts", e.DetachedParts())
			}
		})
	}
}

func TestStrayLines(t *testing.T) {
	t.Parallel()
	parts := []partRange{{"all", 1, 4}, {"202602", 7, 7}}
	log := "1\tall_2_2_0\tx\n" + "1\tall_5_5_0\ty\n" + "2\tall_6_6_0\tz\n" + "1\t202602_7_7_0_12\tu\n" + "1\t202603_7_7_0\tv\n" + "garbage\n" + "1\tall_9_9_0\tcut off"
	var got []string
	for _, at := range strayLines([]byte(log), parts) {
		got = append(got, log[at:at+5])
	}
	if want := []string{"1\tall", "1\t202"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, name := range []string{"", "detached", "all_1_2", "tmp_insert_all_1_1_0", "all_2_1_0", "_1_1_0", "all_1_1_x"} {
		if p, ok := parsePart(name); ok {
			t.Errorf("%q is read as part %v", name, p)
		}
	}
}

// FuzzStrayLines reads any log: it must not panic, and each place it names must
// be the start of a line that adds.
func FuzzStrayLines(f *testing.F) {
	f.Add([]byte("1\tall_2_2_0\tx\n2\tall_2_2_0\tx\n1\tall"))
	f.Add([]byte("\n\n1\t\t\n1\ta_1_1_0\t\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		for _, at := range strayLines(log, nil) {
			if log[at] != addToken[0] || at > 0 && log[at-1] != '\n' {
				t.Errorf("offset %d in %q", at, log)
			}
		}
	})
}

// TestSaveKeepsOldCopy sees that a good copy stays when no better one can be had.
func TestSaveKeepsOldCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := &vault{data: filepath.Join(dir, "data"), copies: filepath.Join(dir, "copies")}
	for _, d := range []string{filepath.Join(v.data, "metadata"), v.copies} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(v.data, "metadata/d.sql"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	copied := func() string {
		b, err := os.ReadFile(filepath.Join(v.copies, "metadata/d.sql"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, step := range []struct{ write, want string }{
		{"ATTACH one\n", "ATTACH one\n"}, {"", "ATTACH one\n"}, {"ATTACH tw", "ATTACH one\n"}, {"ATTACH two\n", "ATTACH two\n"},
	} {
		write(step.write)
		if err := v.save(); err != nil {
			t.Fatal(err)
		}
		if got := copied(); got != step.want {
			t.Errorf("after %q the copy is %q", step.write, got)
		}
	}
	// A folder where the copy's unfinished file should go stands for a disk that
	// refuses it.
	if err := os.MkdirAll(filepath.Join(v.copies, "metadata/d.sql.new/x"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("ATTACH three\n")
	if err := v.save(); err == nil || !strings.Contains(err.Error(), "keep a copy of") || copied() != "ATTACH two\n" {
		t.Errorf("%v; the copy is %q", err, copied())
	}
}
