// Package rules is the list of all rules. A new rule is one folder and one line here.
package rules

import (
	"github.com/lvs-cloud/lvsgen/gen/lint"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartdependency"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartfloatingversion"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartmissing"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartreconcilestrategy"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartrender"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartunknownvalue"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartvaluesfiles"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/chartvaluesschema"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/crdorder"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/dependencycycle"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/imagebuildloop"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/imagecopy"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/imagemarker"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/imagepolicy"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/imagerange"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/imagetagpattern"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/imageupdatepath"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/missingcrd"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/missingdependency"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/missinghealthcheck"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/missingnamespace"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/missingsource"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/namespaceorder"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/prunenamespace"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/releasename"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/suspended"
	"github.com/lvs-cloud/lvsgen/gen/lint/rules/valueskey"
)

// All are the rules, by group and name.
var All = []*lint.Rule{
	missingsource.Rule,
	missingnamespace.Rule,
	missingcrd.Rule,
	crdorder.Rule,
	namespaceorder.Rule,
	missingdependency.Rule,
	dependencycycle.Rule,
	missinghealthcheck.Rule,
	suspended.Rule,
	prunenamespace.Rule,
	imagepolicy.Rule,
	imagemarker.Rule,
	imagerange.Rule,
	imagetagpattern.Rule,
	imageupdatepath.Rule,
	imagecopy.Rule,
	imagebuildloop.Rule,
	chartmissing.Rule,
	chartrender.Rule,
	chartvaluesfiles.Rule,
	chartvaluesschema.Rule,
	chartdependency.Rule,
	chartreconcilestrategy.Rule,
	chartfloatingversion.Rule,
	chartunknownvalue.Rule,
	valueskey.Rule,
	releasename.Rule,
}
