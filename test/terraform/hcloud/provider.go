package hcloud

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Folder names the variable with the folder of the log and of the counter for ids.
const Folder = "STUB_HCLOUD_FOLDER"

// Serve answers Terraform until it hangs up.
func Serve() error {
	return tf6server.Serve("registry.terraform.io/hetznercloud/hcloud", func() tfprotov6.ProviderServer {
		return provider{folder: os.Getenv(Folder)}
	})
}

// provider answers what Terraform asks of it; the embedded interface stands for what it never asks.
type provider struct {
	tfprotov6.ProviderServer
	folder string
}

func wrong(format string, args ...any) []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: fmt.Sprintf(format, args...)}}
}

func (p provider) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	out := &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{}}
	for name := range resources {
		out.Resources = append(out.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	return out, nil
}

func (p provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	out := &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "token", Type: text, Optional: true, Sensitive: true},
		}}},
		ResourceSchemas: map[string]*tfprotov6.Schema{},
	}
	for name, r := range resources {
		out.ResourceSchemas[name] = r.schema()
	}
	return out, nil
}

func (p provider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p provider) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

// ConfigureProvider wants the token from the environment, as the provider does.
func (p provider) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	if os.Getenv("HCLOUD_TOKEN") == "" {
		return &tfprotov6.ConfigureProviderResponse{Diagnostics: wrong("Missing Hetzner Cloud API token")}, nil
	}
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (p provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (p provider) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (p provider) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	kind := resources[r.TypeName].schema().ValueType()
	v, err := r.RawState.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(kind, v)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (p provider) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState}, nil
}

// PlanResourceChange fills in defaults, leaves open what Hetzner decides, and says which changes replace the resource.
func (p provider) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	res := resources[r.TypeName]
	kind := res.schema().ValueType()
	next, before, err := both(kind, r.ProposedNewState, r.PriorState)
	if err != nil {
		return nil, err
	}
	if next == nil { // a destroy
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: r.ProposedNewState}, nil
	}
	if err := res.fillAll(next, open); err != nil {
		return nil, err
	}
	if _, ok := next["user_data"]; ok {
		next["user_data"] = hashed(next["user_data"])
	}
	// The provider is on Terraform's older SDK for most resources, which may plan a hash for a text.
	out := &tfprotov6.PlanResourceChangeResponse{UnsafeToUseLegacyTypeSystem: true}
	for _, a := range res.attributes {
		if before != nil && a.replace && !next[a.name].Equal(before[a.name]) {
			out.RequiresReplace = append(out.RequiresReplace, tftypes.NewAttributePath().WithAttributeName(a.name))
		}
	}
	state, err := tfprotov6.NewDynamicValue(kind, value(kind, next))
	out.PlannedState = &state
	return out, err
}

// ApplyResourceChange decides what was left open. It refuses to delete what is protected, as Hetzner does.
func (p provider) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	res := resources[r.TypeName]
	kind := res.schema().ValueType()
	next, before, err := both(kind, r.PlannedState, r.PriorState)
	if err != nil {
		return nil, err
	}
	if next == nil {
		var protected bool
		if v, ok := before["delete_protection"]; ok && v.As(&protected) == nil && protected {
			return &tfprotov6.ApplyResourceChangeResponse{NewState: r.PriorState, Diagnostics: wrong("%s deletion is protected", r.TypeName)}, nil
		}
		return &tfprotov6.ApplyResourceChangeResponse{NewState: r.PlannedState}, p.log("delete " + r.TypeName)
	}
	verb := "update "
	if before == nil {
		verb = "create "
	}
	number, err := p.count()
	if err != nil {
		return nil, err
	}
	err = res.fillAll(next, func(a attribute, v tftypes.Value) tftypes.Value {
		if known(v) {
			return v
		}
		return decide(a, number, next)
	})
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(kind, value(kind, next))
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ApplyResourceChangeResponse{NewState: &state, UnsafeToUseLegacyTypeSystem: true}, p.log(verb + r.TypeName)
}

// decide is what Hetzner would answer. Every IPv4 address is this machine's.
func decide(a attribute, number int64, of object) tftypes.Value {
	var family string
	if v, ok := of["type"]; ok && known(v) {
		_ = v.As(&family) // "" is no family
	}
	switch {
	case a.name == "id" && a.kind.Is(tftypes.Number):
		return value(a.kind, big.NewFloat(float64(number)))
	case a.name == "id":
		return value(a.kind, fmt.Sprint(number))
	case a.name == "ip_address" && family == "ipv6", a.name == "ipv6_address":
		return value(a.kind, "2001:db8::1")
	case a.name == "ip_address":
		return value(a.kind, "127.0.0.1")
	case a.kind.Is(tftypes.String):
		return value(a.kind, "decided-"+a.name)
	case a.kind.Is(tftypes.Number):
		return value(a.kind, big.NewFloat(0))
	case a.kind.Is(tftypes.Bool):
		return value(a.kind, false)
	}
	return value(a.kind, []tftypes.Value{})
}

func both(kind tftypes.Type, next, before *tfprotov6.DynamicValue) (object, object, error) {
	n, err := next.Unmarshal(kind)
	if err != nil {
		return nil, nil, err
	}
	b, err := before.Unmarshal(kind)
	if err != nil {
		return nil, nil, err
	}
	nf, err := fields(n)
	if err != nil {
		return nil, nil, err
	}
	bf, err := fields(b)
	return nf, bf, err
}

func (p provider) log(line string) error {
	f, err := os.OpenFile(filepath.Join(p.folder, "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, line)
	return err
}

// count gives a number that no other resource has: Terraform makes several at once, so each is a file of its own.
func (p provider) count() (int64, error) {
	for n := int64(101); ; n++ {
		err := os.Mkdir(filepath.Join(p.folder, fmt.Sprint(n)), 0o700)
		if err == nil || !os.IsExist(err) {
			return n, err
		}
	}
}
