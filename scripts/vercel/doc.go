// Package vercel tries the project with the real Vercel CLI: what it builds, and
// a purchase through its dev server. Its tests need Node and take minutes, so
// they run with a tag of their own:
//
//	go test -tags vercel ./scripts/vercel
package vercel
