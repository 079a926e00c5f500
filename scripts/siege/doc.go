// Package siege tries to get in where nobody may, and to make the shop fall over:
// an authorisation matrix, and hostile input to every endpoint.
package siege
