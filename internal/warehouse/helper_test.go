package warehouse

import (
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"testing"
)

func copyBody(w http.ResponseWriter, res *http.Response) (int64, error) { return io.Copy(w, res.Body) }

func writePEM(t *testing.T, path string, der []byte) {
	t.Helper()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
}
