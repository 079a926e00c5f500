package main

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/siam9192/payment-integration-server/pkg/mongostore"
)

// indexes examines the indexes, and with fix creates those that are missing.
func (d *doctor) indexes(ctx context.Context, store *mongostore.Store, is server) []check {
	checks := d.findIndexes(ctx, store, is)
	if !d.fix || checks[0].Status == ok {
		return checks
	}
	ctxFix, cancel := context.WithTimeout(ctx, 12*d.timeout) // an index of a large collection takes a while
	defer cancel()
	did := check{Check: "fix indexes", Status: ok, Found: "created those that were missing"}
	if err := store.CreateIndexes(ctxFix); err != nil {
		did = check{Check: "fix indexes", Status: fail, Found: "stopped: " + d.quote(causes(err).Error()),
			Todo: "drop the index that is in the way, or the documents that break a unique one, and run this again"}
	}
	return append([]check{did}, d.findIndexes(ctx, store, is)...)
}

// index is one as the server lists it.
type index struct {
	Name    string
	Key     bson.D
	Unique  bool
	Sparse  bool
	Partial bson.D   `bson:"partialFilterExpression"`
	Expires *float64 `bson:"expireAfterSeconds"`
}

// findIndexes returns a line for each index that is not right, or one for them all.
func (d *doctor) findIndexes(ctx context.Context, store *mongostore.Store, is server) (faults []check) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	there := map[string][]index{}
	excused := 0
	for _, want := range mongostore.Indexes {
		name := want.Collection
		if _, read := there[name]; !read {
			list := []index{}
			cursor, err := store.Database().Collection(name).Indexes().List(ctx)
			if err == nil {
				err = cursor.All(ctx, &list)
			}
			if err != nil {
				return []check{{Check: indexesName, Status: fail, Found: "cannot be read: " + d.quote(err.Error()), Todo: "give the user in MONGODB_URI the role readWrite"}}
			}
			there[name] = list
		}
		problem := compare(want, there[name])
		switch {
		case problem == missing && want.TTL && !is.expires():
			excused++
		case problem != "":
			todo := "run this with -fix"
			if problem != missing {
				todo = "drop it, and run this with -fix"
			}
			faults = append(faults, check{Check: "index " + want.Collection + "." + want.Name, Status: fail,
				Found: problem + " (" + want.Serves + ")", Todo: todo})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	all := check{Check: indexesName, Status: ok, Found: fmt.Sprintf("all %d are there", len(mongostore.Indexes)-excused)}
	if excused > 0 {
		all.Found += fmt.Sprintf("; %d more only expire documents, which this server does not know and the shop does not need", excused)
	}
	return []check{all}
}

const missing = "is missing"

// compare finds the index by its keys, whatever its name, and else by its name.
func compare(want mongostore.Index, there []index) (problem string) {
	problem = missing
	for _, have := range there {
		switch {
		case keys(have.Key) == keys(want.Keys):
			return shape(want, have)
		case have.Name == want.Name:
			problem = fmt.Sprintf("is on %s, not on %s", keys(have.Key), keys(want.Keys))
		}
	}
	return problem
}

func shape(want mongostore.Index, have index) (problem string) {
	switch {
	case want.Unique && !have.Unique:
		return "is not unique"
	case !want.Unique && have.Unique:
		return "is unique, and refuses what it should not"
	case have.Sparse || len(have.Partial) > 0:
		return "does not cover all documents"
	case want.TTL && (have.Expires == nil || *have.Expires != 0):
		return "does not expire documents at the time in the key"
	case !want.TTL && have.Expires != nil:
		return "deletes documents after a time"
	}
	return ""
}

// keys writes a key pattern down; servers keep its numbers in different types.
func keys(d bson.D) string {
	words := make([]string, len(d))
	for i, e := range d {
		words[i] = fmt.Sprintf("%s:%v", e.Key, e.Value)
	}
	return strings.Join(words, " ")
}
