package standin

import "crypto/rand"

const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID makes an id as Stripe's look: a prefix that tells the kind, then noise.
func newID(prefix string, length int) string {
	noise := make([]byte, length)
	rand.Read(noise) // never fails: crypto/rand ends the program rather than return less
	for i, b := range noise {
		noise[i] = idAlphabet[int(b)%len(idAlphabet)]
	}
	return prefix + string(noise)
}
