//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package buildonce

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// lockPoll is how often a process that waits looks again.
const lockPoll = 50 * time.Millisecond

// lock claims the file at path, which it makes, until unlock or the end of the
// process. It calls waiting once if another holds it.
func lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for told := false; ; told = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, f.Close())
		}
		if !told {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(lockPoll):
		}
	}
}
