package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/siam9192/payment-integration-server/pkg/app"
	"github.com/siam9192/payment-integration-server/pkg/auth"
	"github.com/siam9192/payment-integration-server/pkg/shop"
)

// makeAdmin makes the account an admin, and creates it if there is none.
func (j *job) makeAdmin(ctx context.Context) error {
	u, err := j.store.UserByEmail(ctx, j.admin)
	switch {
	case shop.CodeOf(err) == shop.NotFound:
		return j.newAdmin(ctx)
	case err != nil:
		return j.target.Explain(err)
	case u.Role == shop.Admin:
		fmt.Fprintf(j.out, "%s is an admin already.\n", j.admin)
		return nil
	}
	if err := j.store.SetRole(ctx, u.ID, shop.Admin, app.Now()); err != nil {
		return j.target.Explain(err)
	}
	fmt.Fprintf(j.out, "%s is an admin now. A sign-in that is open becomes one when it is renewed (ACCESS_TOKEN_TTL).\n", j.admin)
	return nil
}

func (j *job) newAdmin(ctx context.Context) error {
	r := shop.Registration{FullName: "Admin", Email: j.admin}
	madeUp := !j.person.present()
	if !madeUp {
		fmt.Fprintf(j.out, "There is no account of %s yet. It becomes a new one.\n", j.admin)
		var err error
		if r.FullName, err = j.askName(ctx); err != nil {
			return err
		}
		if r.Password, err = j.askPassword(ctx); err != nil {
			return err
		}
		madeUp = r.Password == ""
	}
	if madeUp {
		r.Password = rand.Text()
	}
	if err := r.Validate().Err(); err != nil {
		return err // asked until each field was right
	}
	hash, err := auth.HashPassword(r.Password)
	if err != nil {
		return err
	}
	now := app.Now()
	err = j.store.InsertUser(ctx, shop.User{
		ID: shop.NewID(now), FullName: r.FullName, Email: r.Email, PasswordHash: hash, Role: shop.Admin, CreatedAt: now, UpdatedAt: now,
	})
	switch {
	case shop.CodeOf(err) == shop.Conflict:
		return fmt.Errorf("somebody has just registered %s: run this again if that was you", j.admin)
	case err != nil:
		return j.target.Explain(err)
	}
	fmt.Fprintf(j.out, "%s is a new account, and an admin.\n", j.admin)
	if madeUp {
		fmt.Fprintf(j.out, "Its password, shown this once: %s\n", r.Password)
	}
	return nil
}

func (j *job) askName(ctx context.Context) (string, error) {
	for {
		name, err := j.person.ask(ctx, "Full name [Admin]: ")
		if err != nil {
			return "", err
		}
		if name == "" {
			return "Admin", nil
		}
		problem := faultOf("fullName", shop.Registration{FullName: name})
		if problem == "" {
			return name, nil
		}
		fmt.Fprintf(j.out, "It %s.\n", problem)
	}
}

// askPassword returns "" where one is to be made up.
func (j *job) askPassword(ctx context.Context) (string, error) {
	for {
		first, err := j.person.askHidden(ctx, "Password (nothing: one is made up): ")
		if err != nil || first == "" {
			return "", err
		}
		if problem := faultOf("password", shop.Registration{Password: first}); problem != "" {
			fmt.Fprintf(j.out, "It %s.\n", problem)
			continue
		}
		again, err := j.person.askHidden(ctx, "Once more: ")
		if err != nil {
			return "", err
		}
		if again == first {
			return first, nil
		}
		fmt.Fprintln(j.out, "Those were two different ones.")
	}
}
