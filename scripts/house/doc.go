// Package house holds the rules of this house as tests: what may import what,
// what stands at the top level, and what Vercel's builder asks of a function.
package house
