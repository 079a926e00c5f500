package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
)

// keptEvents is how many finished events a restart carries over.
const keptEvents = 500

func (s *Server) load() error {
	s.st = state{Keys: map[string]*answer{}}
	if s.opts.StateFile == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(s.opts.StateFile), 0o755); err != nil {
		return fmt.Errorf("standin: a place to keep things: %w", err)
	}
	data, err := os.ReadFile(s.opts.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s.st)
	}
	if err != nil {
		return fmt.Errorf("standin: reading what was kept in %s: %w (delete the file to start anew)", s.opts.StateFile, err)
	}
	s.forgetOld()
	return nil
}

// forgetOld keeps the file from growing for ever: idempotency keys past their day, and
// events that have long arrived.
func (s *Server) forgetOld() {
	maps.DeleteFunc(s.st.Keys, func(_ string, ans *answer) bool { return s.outlived(ans) })
	unarrived := map[string]bool{}
	for _, d := range s.st.Deliveries.rows {
		if d.State != delivered {
			unarrived[d.EventID] = true
		}
	}
	surplus := len(s.st.Events.rows) - keptEvents
	s.st.Events.keep(func(e *event) bool {
		surplus--
		return surplus < 0 || unarrived[e.ID]
	})
	s.st.Deliveries.keep(func(d *delivery) bool {
		_, ok := s.st.Events.get(d.EventID)
		return ok
	})
}

// save writes the whole state beside the file and moves it into place, so that a crash
// leaves the old state or the new one. The caller holds s.mu.
func (s *Server) save() error {
	if s.opts.StateFile == "" {
		return nil
	}
	data, err := json.Marshal(&s.st)
	if err != nil {
		return fmt.Errorf("standin: saving: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.opts.StateFile), filepath.Base(s.opts.StateFile)+".*")
	if err != nil {
		return fmt.Errorf("standin: saving: %w", err)
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), s.opts.StateFile)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("standin: saving: %w", err)
	}
	return nil
}
