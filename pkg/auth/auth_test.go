package auth_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"golang.org/x/crypto/bcrypt"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/auth"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/shoptest"
)

const password = "correct horse battery"

func service(t *testing.T) (*auth.Service, *shoptest.Shop) {
	t.Helper()
	s := shoptest.Start(t, shoptest.Options{})
	a := auth.New(s.Store, []byte(shoptest.JWTSecret), time.Minute, time.Hour, app.Now)
	a.Cost = bcrypt.MinCost
	return a, s
}

func address(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}) }

func register(t *testing.T, a *auth.Service, email string) {
	t.Helper()
	r := shop.Registration{FullName: "Ann", Email: email, Password: password}
	if _, err := a.Register(t.Context(), address(0), r); err != nil {
		t.Fatal(err)
	}
}

func login(a *auth.Service, from netip.Addr, email, password string) error {
	_, _, err := a.Login(context.Background(), from, shop.Credentials{Email: email, Password: password})
	return err
}

// The cost of a deployed shop is 12, and nothing in the environment changes it.
func TestCost(t *testing.T) {
	if c := auth.New(nil, nil, 0, 0, nil).Cost; c != 12 {
		t.Errorf("the cost is %d", c)
	}
	h, err := auth.HashPassword(password)
	if c, _ := bcrypt.Cost([]byte(h)); err != nil || c != 12 {
		t.Errorf("hashed at cost %d, %v", c, err)
	}
}

// An unknown email and a wrong password take the same work. Compared by their
// ratio over several rounds, the fastest of each.
func TestUnknownEmailTakesAsLong(t *testing.T) {
	a, _ := service(t)
	a.Cost = 10 // enough that the work outweighs the noise
	register(t, a, "ann@example.com")
	_ = login(a, address(999), "nobody@example.com", password) // makes the decoy
	fastest := func(email string) time.Duration {
		best := time.Hour
		for i := range 5 {
			start := time.Now()
			if err := login(a, address(i), email, "wrong password"); shop.CodeOf(err) != shop.Unauthenticated {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	wrong, unknown := fastest("ann@example.com"), fastest("nobody@example.com")
	if ratio := float64(unknown) / float64(wrong); ratio < 0.6 || ratio > 1.6 {
		t.Errorf("an unknown email takes %s, a wrong password %s", unknown, wrong)
	}
}

func TestOneAddressGuessingAtOneAccount(t *testing.T) {
	a, _ := service(t)
	register(t, a, "ann@example.com")
	var err error
	for range 11 {
		err = login(a, address(1), "ann@example.com", "wrong password")
	}
	if shop.CodeOf(err) != shop.Throttled {
		t.Errorf("the eleventh try: %v", err)
	}
	if err := login(a, address(1), "ann@example.com", password); shop.CodeOf(err) != shop.Throttled {
		t.Errorf("the right password after too many: %v", err)
	}
	if err := login(a, address(2), "ann@example.com", password); err != nil {
		t.Errorf("the owner, from elsewhere: %v", err)
	}
}

// A whole network guesses at one account: it is slowed down, and the owner is
// still let in.
func TestManyAddressesGuessingAtOneAccount(t *testing.T) {
	a, _ := service(t)
	register(t, a, "ann@example.com")
	throttled := 0
	for i := range 60 {
		for range 4 {
			if shop.CodeOf(login(a, address(100+i), "ann@example.com", "wrong password")) == shop.Throttled {
				throttled++
			}
		}
	}
	if throttled < 40 {
		t.Errorf("only %d of 240 tries were throttled", throttled)
	}
	if err := login(a, address(1), "ann@example.com", password); err != nil {
		t.Errorf("the owner: %v", err)
	}
}

func TestOneAddressGuessingAtManyAccounts(t *testing.T) {
	a, _ := service(t)
	var err error
	for i := range 61 {
		err = login(a, address(1), fmt.Sprintf("user%d@example.com", i), "wrong password")
	}
	if shop.CodeOf(err) != shop.Throttled {
		t.Errorf("the sixty-first try: %v", err)
	}
}

func TestOneAddressMakingAccounts(t *testing.T) {
	a, _ := service(t)
	var err error
	for i := range 21 {
		_, err = a.Register(t.Context(), netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i)), shop.Registration{FullName: "Eve", Email: fmt.Sprintf("eve%d@example.com", i), Password: password})
	}
	if shop.CodeOf(err) != shop.Throttled { // all of a /64 network is one customer
		t.Errorf("the twenty-first account: %v", err)
	}
}

// Made-up names fill nothing: a limit has a bounded number of counters, and they
// are named by a keyed hash, so nobody can aim at another's.
func TestCountersAreBounded(t *testing.T) {
	a, s := service(t)
	for i := range 50 {
		_ = login(a, address(i), fmt.Sprintf("made-up-%d@example.com", i), "wrong password")
	}
	cursor, err := s.Store.Database().Collection("throttle").Find(t.Context(), bson.M{})
	if err != nil {
		t.Fatal(err)
	}
	var counters []struct {
		ID string `bson:"_id"`
	}
	if err := cursor.All(t.Context(), &counters); err != nil || len(counters) == 0 {
		t.Fatal(err, len(counters))
	}
	for _, c := range counters {
		_, bucket, _ := strings.Cut(c.ID, "/")
		if len(bucket) != 4 || strings.Contains(c.ID, "made-up") || strings.Contains(c.ID, "192.0") {
			t.Errorf("a counter is named %s", c.ID)
		}
	}
}

// What the database holds of a session opens nothing.
func TestTokensAreStoredAsHashes(t *testing.T) {
	a, s := service(t)
	register(t, a, "ann@example.com")
	_, tokens, err := a.Login(t.Context(), address(1), shop.Credentials{Email: "ann@example.com", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	next, err := a.Refresh(t.Context(), tokens.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.Store.Database().Collection("sessions").FindOne(t.Context(), bson.M{}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{tokens.Refresh, next.Refresh, tokens.Access} {
		if _, secret, _ := strings.Cut(token, "."); strings.Contains(string(raw), secret) || strings.Contains(raw.String(), secret) {
			t.Error("the database holds a token")
		}
	}
}

func TestExpiredSession(t *testing.T) {
	a, _ := service(t)
	register(t, a, "ann@example.com")
	_, tokens, err := a.Login(t.Context(), address(1), shop.Credentials{Email: "ann@example.com", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	a.Now = func() time.Time { return app.Now().Add(61 * time.Minute) }
	if _, err := a.Refresh(t.Context(), tokens.Refresh); shop.CodeOf(err) != shop.Unauthenticated {
		t.Errorf("refreshed after its end: %v", err)
	}
	if _, err := a.Caller(tokens.Access); shop.CodeOf(err) != shop.Unauthenticated {
		t.Errorf("the access token after its end: %v", err)
	}
}
