package model

// GitHub is the pipeline on GitHub Actions. Its fields are those of schema.#GitHub.
type GitHub struct {
	// Workflows and Renovate tell which files are written. The pointers are never nil once the inputs are loaded.
	Workflows struct {
		Build          *bool `json:"build"`
		Infrastructure *bool `json:"infrastructure"`
		Rebuild        *bool `json:"rebuild"`
		Validate       *bool `json:"validate"`
	} `json:"workflows"`
	Renovate  *bool  `json:"renovate"`
	Runner    string `json:"runner"`
	TestImage string `json:"testImage"`
	Approval  struct {
		// Approvers are logins; none means everybody with the right to write.
		Approvers []string `json:"approvers"`
		Minimum   int      `json:"minimum"`
		Minutes   int      `json:"minutes"`
	} `json:"approval"`
	Terraform string `json:"terraform"`
	// Actions are written as they stand in a workflow: owner/name@commit # version.
	Actions struct {
		Checkout       string `json:"checkout"`
		SetupGo        string `json:"setupGo"`
		SetupTerraform string `json:"setupTerraform"`
	} `json:"actions"`
}

// PreCommit is .pre-commit-config.yaml. Its fields are those of schema.#PreCommit.
type PreCommit struct {
	Enabled bool `json:"enabled"`
	// Repos are entries of the file's list "repos", besides lvsgen's own.
	Repos []map[string]any `json:"repos"`
}
