package child

import "time"

// SetStopTimeout changes what a program has to end by itself.
func SetStopTimeout(d time.Duration) { stopTimeout = d }
