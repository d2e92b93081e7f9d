package check

import (
	"strconv"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/sops"
)

// recipients wants somebody who can decrypt the files of mode "sops".
func (c *checker) recipients() {
	s := c.in.Cloud.Secrets
	if s.Mode == model.SecretsSOPS && len(s.Recipients) == 0 {
		hint(c.errorf(ruleRecipient, c.in.Cloud.At.Position("secrets"), "secrets.mode %q needs recipients: nobody could decrypt the files", s.Mode),
			"make a key with `age-keygen` and write its public half: secrets: recipients: [\"age1...\"]")
	}
	for i, r := range s.Recipients {
		if err := sops.CheckRecipient(r); err != nil {
			hint(c.errorf(ruleRecipient, c.in.Cloud.At.Position("secrets", "recipients", strconv.Itoa(i)), "%q is not the public half of an age key", r),
				"copy it from the line \"# public key:\" that `age-keygen` wrote")
		}
	}
}
