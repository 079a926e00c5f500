//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	mongooptions "go.mongodb.org/mongo-driver/mongo/options"
	"golang.org/x/crypto/bcrypt"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/auth"
	"github.com/siam9192/payment-integration-server/pkg/config"
	"github.com/siam9192/payment-integration-server/pkg/mongostore"
	"github.com/siam9192/payment-integration-server/pkg/shop"
	"github.com/siam9192/payment-integration-server/scripts/companion"
	"github.com/siam9192/payment-integration-server/scripts/demo"
	"github.com/siam9192/payment-integration-server/scripts/dev/local"
)

// asProgram, in the environment, makes the test binary the program itself.
const asProgram = "SEED_TEST_AS_PROGRAM"

// server is where the embedded database is.
var server *url.URL

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(func() int {
		db, err := companion.StartDatabase(context.Background(), companion.DatabaseOptions{
			Progress: func(line string) { fmt.Println(line) }, Stderr: os.Stderr,
		})
		if err == nil {
			defer db.Stop()
			server, err = url.Parse(db.URI)
		}
		if err != nil {
			fmt.Println(err)
			return 1
		}
		return m.Run()
	}())
}

// database is a new one, as a name on this machine and as one that could be
// anywhere: nobody's loopback, and yet this machine.
type database struct {
	name, uri, farURI string
	*mongostore.Store
}

func newDatabase(t *testing.T) database {
	t.Helper()
	d := database{name: strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))}
	d.uri = "mongodb://" + server.Host + "/" + d.name
	d.farURI = "mongodb://0.0.0.0:" + server.Port() + "/" + d.name
	store, err := mongostore.Open(t.Context(), d.uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	d.Store = store
	return d
}

// everything is every document of the shop's collections, as text.
func (d database) everything(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, name := range collections() {
		cursor, err := d.Database().Collection(name).Find(t.Context(), bson.M{}, mongooptions.Find().SetSort(bson.M{"_id": 1}))
		if err != nil {
			t.Fatal(err)
		}
		var documents []bson.Raw
		if err := cursor.All(t.Context(), &documents); err != nil {
			t.Fatal(err)
		}
		for _, document := range documents {
			all[name] = append(all[name], document.String())
		}
	}
	return all
}

func (d database) signIn(t *testing.T, email, password string) (shop.User, error) {
	t.Helper()
	accounts := auth.New(d.Store, []byte("a secret of thirty-two bytes, or"), time.Minute, time.Hour, app.Now)
	u, _, err := accounts.Login(t.Context(), netip.MustParseAddr("127.0.0.1"), shop.Credentials{Email: email, Password: password})
	return u, err
}

func (d database) insertUser(t *testing.T, email string, role shop.Role) shop.User {
	t.Helper()
	u := shop.User{ID: shop.NewID(app.Now()), FullName: "Mine", Email: email, PasswordHash: "mine", Role: role, CreatedAt: app.Now(), UpdatedAt: app.Now()}
	if err := d.InsertUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	return u
}

// insertOrder writes what the program reads of an order.
func (d database) insertOrder(t *testing.T, status shop.PaymentStatus, live bool) {
	t.Helper()
	o := shop.Order{ID: shop.NewID(app.Now()), Status: status.Order(), Payment: shop.Payment{Status: status, Livemode: live}}
	if err := d.InsertOrder(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// newRoot is a checkout of the project without a .env and without local data.
func newRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"go.mod", "vercel.json"} {
		write(t, filepath.Join(root, name), "")
	}
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// program is the command; env is NAME=value, and none of the project's variables
// comes from outside.
func program(t *testing.T, root string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Dir = root
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); !slices.Contains(config.Names, name) {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(append(cmd.Env, env...), asProgram+"=1", "PWD="+root)
	return cmd
}

// run runs the program to its end; typed is its standard input, which is no
// terminal.
func runProgram(t *testing.T, root string, env []string, typed string, args ...string) (code int, out, errs string) {
	t.Helper()
	cmd := program(t, root, env, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(typed), &stdout, &stderr
	_ = cmd.Run() // its exit code is looked at
	if strings.Contains(stderr.String(), "goroutine ") {
		t.Errorf("a stack trace: %s", &stderr)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// seeds runs the program on a database, and wants it to succeed.
func seeds(t *testing.T, uri string, args ...string) (out string) {
	t.Helper()
	code, out, errs := runProgram(t, newRoot(t), []string{"MONGODB_URI=" + uri}, "", args...)
	if code != 0 || errs != "" {
		t.Fatalf("seed %v: exit code %d\n%s%s", args, code, out, errs)
	}
	return out
}

func TestSeed(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	mine := d.insertUser(t, "ben@example.com", shop.Customer)

	want := fmt.Sprintf(`Database %s on %s.
All %d indexes are there.
Products: 8 new, 0 kept.
Accounts: 2 new, 1 kept.

The new accounts and their password:

  admin@example.com    admin      demo-password
  ann@example.com      customer   demo-password
`, d.name, server.Host, len(mongostore.Indexes))
	if got := seeds(t, d.uri); got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
	for _, a := range demo.Accounts[:2] {
		if u, err := d.signIn(t, a.Email, demo.Password); err != nil || u.Role != a.Role || u.FullName != a.FullName {
			t.Errorf("%s: %+v, %v", a.Email, u, err)
		}
	}
	if u, err := d.UserByEmail(t.Context(), "ben@example.com"); err != nil || u.ID != mine.ID || u.PasswordHash != "mine" {
		t.Errorf("an account that was there is changed: %+v, %v", u, err)
	}
	wantIndexes(t, d)

	// The owner changes a price and removes a product; only what is missing comes back.
	products := d.Database().Collection("products")
	if _, err := products.UpdateOne(t.Context(), bson.M{"name": "Awning Mug"}, bson.M{"$set": bson.M{"price": 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := products.DeleteOne(t.Context(), bson.M{"name": "Corner Cap"}); err != nil {
		t.Fatal(err)
	}
	before := d.everything(t)
	if out := seeds(t, d.uri); !strings.Contains(out, "Products: 1 new, 7 kept.\nAccounts: 0 new, 3 kept.\n") || strings.Contains(out, "password") {
		t.Errorf("the second time: %s", out)
	}
	after := d.everything(t)
	if len(after["products"]) != 8 {
		t.Errorf("%d products", len(after["products"]))
	}
	for name, documents := range before {
		for _, document := range documents {
			if !slices.Contains(after[name], document) {
				t.Errorf("%s: %s is changed", name, document)
			}
		}
	}

	third := seeds(t, d.uri)
	if !strings.Contains(third, "Products: 0 new, 8 kept.") || fmt.Sprint(d.everything(t)) != fmt.Sprint(after) {
		t.Errorf("the third time: %s", third)
	}

	_, out, _ := runProgram(t, newRoot(t), []string{"MONGODB_URI=" + d.uri, "CURRENCY=JPY"}, "")
	if !strings.Contains(out, "Of those kept, some have prices in usd, and the currency is jpy: with -reset they are made anew.\n") {
		t.Errorf("in another currency: %s", out)
	}
}

func wantIndexes(t *testing.T, d database) {
	t.Helper()
	for _, index := range mongostore.Indexes {
		if index.TTL {
			continue // the embedded database has none
		}
		cursor, err := d.Database().Collection(index.Collection).Indexes().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var there []struct{ Name string }
		if err := cursor.All(t.Context(), &there); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(there, struct{ Name string }{index.Name}) {
			t.Errorf("%s has no index %s", index.Collection, index.Name)
		}
	}
}

// Where others may reach the database, no account has a password that is public.
func TestSeedElsewhere(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	out := seeds(t, d.farURI)
	if !strings.Contains(out, "passwords, which are shown this once:") || strings.Contains(out, demo.Password) {
		t.Errorf("it says\n%s", out)
	}
	seen := map[string]bool{}
	for i, a := range demo.Accounts {
		m := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(a.Email) + ` +\w+ +(\S{20,})$`).FindStringSubmatch(out)
		if m == nil || seen[m[1]] {
			t.Fatalf("no password of its own for %s:\n%s", a.Email, out)
		}
		seen[m[1]] = true
		u, err := d.UserByEmail(t.Context(), a.Email)
		if err != nil {
			t.Fatal(err)
		}
		if cost, err := bcrypt.Cost([]byte(u.PasswordHash)); cost != auth.Cost {
			t.Errorf("%s: the password is hashed at cost %d, %v", a.Email, cost, err)
		}
		if i > 0 {
			continue // it takes long
		}
		if _, err := d.signIn(t, a.Email, m[1]); err != nil {
			t.Errorf("%s does not sign in with the password that was shown: %v", a.Email, err)
		}
	}
	again := seeds(t, d.farURI)
	if !strings.HasSuffix(again, "Accounts: 0 new, 3 kept.\n") {
		t.Errorf("the second time: %s", again)
	}
}

// The dev server's database is found by the note that the dev server leaves.
func TestSeedTheDevServersDatabase(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.insertUser(t, "mine@example.com", shop.Customer)
	for name, args := range map[string][]string{".local": nil, "mine": {"-data", "mine"}} {
		root := newRoot(t)
		folder, err := local.OpenFolder(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, "-admin", "mine@example.com")
		remove, err := folder.NoteDatabase(d.uri)
		if err != nil {
			t.Fatal(err)
		}
		if code, out, errs := runProgram(t, root, nil, "", args...); code != 0 || !strings.HasPrefix(out, "Database "+d.name+" on ") {
			t.Errorf("exit code %d: %s%s", code, out, errs)
		}
		remove()
		if code, _, errs := runProgram(t, root, nil, "", args...); code != 1 || !strings.HasPrefix(errs, "seed: which database? Set MONGODB_URI") {
			t.Errorf("exit code %d: %s", code, errs)
		}
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	other := d.Database().Collection("somebody_elses")
	if _, err := other.InsertOne(t.Context(), bson.M{"_id": 1}); err != nil {
		t.Fatal(err)
	}
	d.insertUser(t, "mine@example.com", shop.Customer)
	d.insertOrder(t, shop.PaymentPending, false)
	d.insertOrder(t, shop.PaymentSuccess, false) // to the stand-in, on this machine
	if err := d.InsertSession(t.Context(), shop.RefreshSession{ID: shop.NewID(app.Now())}); err != nil {
		t.Fatal(err)
	}
	full := fmt.Sprint(d.everything(t))
	env := []string{"MONGODB_URI=" + d.uri}

	for typed, want := range map[string]string{
		"":                 "seed: nobody answers, so nothing was removed. In a script, say -yes\n",
		"\n":               "seed: \"\" is not its name, so nothing was removed\n",
		"yes\n":            "seed: \"yes\" is not its name, so nothing was removed\n",
		d.name + "x\n":     "seed: \"" + d.name + "x\" is not its name, so nothing was removed\n",
		" " + "products\n": "seed: \"products\" is not its name, so nothing was removed\n",
	} {
		code, out, errs := runProgram(t, newRoot(t), env, typed, "-reset")
		if code != 1 || errs != want || fmt.Sprint(d.everything(t)) != full {
			t.Errorf("typing %q: exit code %d, %q, want %q", typed, code, errs, want)
		}
		if !strings.Contains(out, "Database "+d.name+" on "+server.Host+".\nThis removes from it all\n\n       1  users\n       0  products\n       2  orders\n       1  sessions\n") {
			t.Errorf("it asks with\n%s", out)
		}
	}

	code, out, errs := runProgram(t, newRoot(t), env, d.name+"\n", "-reset")
	if code != 0 || !strings.Contains(out, "Removed 4 documents.\n") || !strings.Contains(out, "Products: 8 new, 0 kept.\nAccounts: 3 new, 0 kept.\n") {
		t.Errorf("typing the name: exit code %d\n%s%s", code, out, errs)
	}
	left := d.everything(t)
	if len(left["users"]) != 3 || len(left["orders"]) != 0 || len(left["sessions"]) != 0 {
		t.Errorf("left: %v", left)
	}
	wantIndexes(t, d)
	if n, err := other.CountDocuments(t.Context(), bson.M{}); n != 1 || err != nil {
		t.Errorf("a collection that is not the shop's has %d documents, %v", n, err)
	}

	if out := seeds(t, d.uri, "-reset", "-yes"); !strings.Contains(out, "Removed 11 documents.\n") {
		t.Errorf("-yes: %s", out)
	}
	if _, out, _ := runProgram(t, newRoot(t), []string{"MONGODB_URI=mongodb://" + server.Host + "/reset_nothing"}, "", "-reset"); !strings.Contains(out, "It is empty already.\n") {
		t.Errorf("an empty one: %s", out)
	}
}

func TestResetRefusesRealOrders(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status shop.PaymentStatus
		live   bool
		far    bool
		real   bool
	}{
		{"paid to the stand-in", shop.PaymentSuccess, false, false, false},
		{"live", shop.PaymentPending, true, false, true},
		{"live and paid", shop.PaymentSuccess, true, false, true},
		{"unpaid elsewhere", shop.PaymentFailed, false, true, false},
		{"paid elsewhere", shop.PaymentSuccess, false, true, true},
		{"partly refunded elsewhere", shop.PaymentPartiallyRefunded, false, true, true},
		{"refunded elsewhere", shop.PaymentRefunded, false, true, true},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			d := newDatabase(t)
			d.insertOrder(t, tt.status, tt.live)
			uri, host := d.uri, server.Host
			if tt.far {
				uri, host = d.farURI, "0.0.0.0:"+server.Port()
			}
			full := fmt.Sprint(d.everything(t))
			args := []string{"-reset", "-yes"}
			if tt.far {
				args = append(args, "-admin", "mine@example.com") // one password to hash, not three
			}
			code, _, errs := runProgram(t, newRoot(t), []string{"MONGODB_URI=" + uri}, d.name+"\n", args...)
			if !tt.real {
				if code != 0 || len(d.everything(t)["orders"]) != 0 {
					t.Errorf("exit code %d, %s", code, errs)
				}
				return
			}
			want := fmt.Sprintf("seed: %s on %s holds real orders (1 of them), so nothing was removed. If they may go, say -even-real-orders as well\n", d.name, host)
			if code != 1 || errs != want || fmt.Sprint(d.everything(t)) != full {
				t.Errorf("exit code %d, %q, want %q", code, errs, want)
			}
			if tt.live && tt.status == shop.PaymentSuccess {
				seeds(t, uri, "-reset", "-yes", "-even-real-orders")
				if left := d.everything(t)["orders"]; len(left) != 0 {
					t.Errorf("-even-real-orders leaves %v", left)
				}
			}
		})
	}
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	u := d.insertUser(t, "mine@example.com", shop.Customer)
	session := shop.RefreshSession{ID: shop.NewID(app.Now()), UserID: u.ID, Role: shop.Customer, ExpiresAt: app.Now().Add(time.Hour)}
	if err := d.InsertSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}

	if out := seeds(t, d.uri, "-bare", "-admin", " Mine@Example.com"); !strings.Contains(out, "mine@example.com is an admin now.") {
		t.Errorf("it says %s", out)
	}
	got, err := d.UserByEmail(t.Context(), "mine@example.com")
	if err != nil || got.Role != shop.Admin || got.PasswordHash != "mine" {
		t.Errorf("the account: %+v, %v", got, err)
	}
	if s, err := d.Session(t.Context(), session.ID, app.Now()); err != nil || s.Role != shop.Admin {
		t.Errorf("its sign-in: %+v, %v", s, err)
	}
	if out := seeds(t, d.uri, "-bare", "-admin", "mine@example.com"); !strings.Contains(out, "mine@example.com is an admin already.\n") {
		t.Errorf("again, it says %s", out)
	}

	out := seeds(t, d.uri, "-bare", "-admin", "new@example.com")
	m := regexp.MustCompile(`(?m)^new@example.com is a new account, and an admin.\nIts password, shown this once: (\S{20,})$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("it says %s", out)
	}
	if got, err := d.signIn(t, "new@example.com", m[1]); err != nil || got.Role != shop.Admin || got.FullName != "Admin" {
		t.Errorf("the new account: %+v, %v", got, err)
	}
	if all := d.everything(t); len(all["users"]) != 2 || len(all["products"]) != 0 {
		t.Errorf("it has written more than that: %v", all)
	}
	wantIndexes(t, d)
}

// -admin brings demo products to a shop that sells nothing, and to no other.
func TestAdminOfAShop(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.insertUser(t, "mine@example.com", shop.Customer)
	admin := func(args ...string) (products, users int) {
		t.Helper()
		seeds(t, d.uri, append([]string{"-admin", "mine@example.com"}, args...)...)
		all := d.everything(t)
		return len(all["products"]), len(all["users"])
	}
	if products, users := admin("-bare"); products != 0 || users != 1 {
		t.Errorf("-bare: %d products, %d users", products, users)
	}
	if products, users := admin(); products != 8 || users != 1 {
		t.Errorf("an empty shop: %d products, %d users", products, users)
	}
	products := d.Database().Collection("products")
	if _, err := products.DeleteMany(t.Context(), bson.M{"name": bson.M{"$ne": "Awning Mug"}}); err != nil {
		t.Fatal(err)
	}
	if products, users := admin(); products != 1 || users != 1 {
		t.Errorf("a shop: %d products, %d users", products, users)
	}
	seeds(t, d.uri, "-bare")
	if all := d.everything(t); len(all["products"]) != 1 || len(all["users"]) != 1 {
		t.Errorf("-bare alone: %v", all)
	}
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	tests := []struct {
		name string
		env  string // of .env
		args []string
		code int
		want string // the beginning of standard error
	}{
		{"nobody there", "MONGODB_URI=mongodb://me:topsecret@127.0.0.1:1/shop", nil, 1, "seed: no database answers on 127.0.0.1:1 (connect: connection refused): is it running?\n"},
		{"no such host", "MONGODB_URI=mongodb+srv://me:topsecret@nowhere.invalid/shop", nil, 1, "seed: "},
		{"a wrong password", "MONGODB_URI=mongodb://me:topsecret@" + server.Host + "/" + d.name, nil, 1, "seed: the database on " + server.Host + " does not accept the user name or the password in MONGODB_URI\n"},
		{"not an address", "MONGODB_URI=mongodb://me:top/topsecret@h/shop", nil, 1, "seed: MONGODB_URI cannot be read: it must look like mongodb+srv://"},
		{"not a database", "MONGODB_URI=postgres://me:topsecret@h/shop", nil, 1, "seed: MONGODB_URI cannot be read: it must look like mongodb+srv://"},
		{"no database", "", nil, 1, "seed: which database? Set MONGODB_URI, in the environment or in .env, or start the dev server"},
		{"not a currency", "MONGODB_URI=mongodb://127.0.0.1:1\nCURRENCY=zzz", nil, 1, "seed: CURRENCY must be the ISO 4217 code of a currency"},
		{"no such flag", "", []string{"-force"}, 2, "seed: flag provided but not defined: -force\nSee: go run ./scripts/seed -h\n"},
		{"an argument", "", []string{"reset"}, 2, "seed: \"reset\" is no flag\nSee: "},
		{"yes to nothing", "", []string{"-yes"}, 2, "seed: -yes and -even-real-orders go with -reset\nSee: "},
		{"not an email", "", []string{"-admin", "mine"}, 2, "seed: -admin \"mine\" must be an email address\nSee: "},
		{"no email", "", []string{"-admin", ""}, 2, "seed: -admin \"\" is required\nSee: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := newRoot(t)
			write(t, filepath.Join(root, ".env"), tt.env+"\n")
			began := time.Now()
			code, out, errs := runProgram(t, root, nil, "", tt.args...)
			if code != tt.code || !strings.HasPrefix(errs, tt.want) {
				t.Errorf("exit code %d, %q; want %d, %q", code, errs, tt.code, tt.want)
			}
			if lines := strings.Count(errs, "\n"); lines != tt.code { // a misused flag has a second one
				t.Errorf("%d lines: %q", lines, errs)
			}
			if strings.Contains(out+errs, "topsecret") {
				t.Errorf("it shows the password: %s%s", out, errs)
			}
			if took := time.Since(began); took > 7*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	t.Run("not in the project", func(t *testing.T) {
		if code, _, errs := runProgram(t, t.TempDir(), nil, ""); code != 1 || !strings.HasPrefix(errs, "seed: this is not a checkout of the project") {
			t.Errorf("exit code %d, %s", code, errs)
		}
	})
	t.Run("help", func(t *testing.T) {
		if code, out, errs := runProgram(t, t.TempDir(), nil, "", "-h"); code != 0 || out != help || errs != "" {
			t.Errorf("exit code %d, %s%s", code, out, errs)
		}
	})
}
