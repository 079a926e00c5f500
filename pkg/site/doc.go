// Package site is the shop's pages: the plain files in public, which Vercel serves
// as they are. There is no code here but the test that holds them together.
package site
