//! Our findings as the SDK's. Both have the names of AWS's format; the SDK's have no way to be read from JSON.

use aws_sdk_securityhub::types as aws;

use crate::output::asff::{self, SecurityFinding};

/// Nothing is lost and nothing is added.
pub(super) fn finding(finding: &SecurityFinding) -> aws::AwsSecurityFinding {
    let types = |types: &[&str]| types.iter().map(|kind| (*kind).to_owned()).collect();
    let provided = &finding.finding_provider_fields;
    aws::AwsSecurityFinding::builder()
        .schema_version(finding.schema_version)
        .id(&finding.id)
        .product_arn(&finding.product_arn)
        .product_name(finding.product_name)
        .company_name(finding.company_name)
        .generator_id(&finding.generator_id)
        .aws_account_id(&finding.account_id)
        .set_types(Some(types(&finding.types)))
        .set_first_observed_at(finding.first_observed_at.clone())
        .set_last_observed_at(finding.last_observed_at.clone())
        .created_at(&finding.created_at)
        .updated_at(&finding.updated_at)
        .severity(
            aws::Severity::builder().label(finding.severity.label.into()).original(finding.severity.original).build(),
        )
        .title(&finding.title)
        .description(&finding.description)
        .set_remediation(finding.remediation.as_ref().map(remediation))
        .set_product_fields(Some(
            finding.product_fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        ))
        .set_resources(Some(finding.resources.iter().map(resource).collect()))
        .compliance(compliance(&finding.compliance))
        .set_workflow(
            finding.workflow.as_ref().map(|workflow| aws::Workflow::builder().status(workflow.status.into()).build()),
        )
        .set_note(finding.note.as_ref().map(note))
        .record_state(finding.record_state.into())
        .finding_provider_fields(
            aws::FindingProviderFields::builder()
                .severity(
                    aws::FindingProviderSeverity::builder()
                        .label(provided.severity.label.into())
                        .original(provided.severity.original)
                        .build(),
                )
                .set_types(Some(types(&provided.types)))
                .build(),
        )
        .build()
}

fn remediation(remediation: &asff::Remediation) -> aws::Remediation {
    let asff::Recommendation { text, url } = &remediation.recommendation;
    let recommendation = aws::Recommendation::builder().text(text).set_url(url.clone()).build();
    aws::Remediation::builder().recommendation(recommendation).build()
}

fn resource(resource: &asff::Resource) -> aws::Resource {
    aws::Resource::builder()
        .r#type(resource.kind)
        .id(&resource.id)
        .set_partition(resource.partition.map(Into::into))
        .region(&resource.region)
        .build()
}

fn compliance(compliance: &asff::Compliance) -> aws::Compliance {
    let some = |is_empty: bool| !is_empty;
    let reasons = compliance.status_reasons.iter().map(|reason| {
        aws::StatusReason::builder().reason_code(&reason.reason_code).description(&reason.description).build()
    });
    let standards = compliance
        .associated_standards
        .iter()
        .map(|standard| aws::AssociatedStandard::builder().standards_id(standard.standards_id).build());
    aws::Compliance::builder()
        .status(compliance.status.into())
        .set_related_requirements(
            some(compliance.related_requirements.is_empty()).then(|| compliance.related_requirements.clone()),
        )
        .set_status_reasons(some(compliance.status_reasons.is_empty()).then(|| reasons.collect()))
        .security_control_id(&compliance.security_control_id)
        .set_associated_standards(some(compliance.associated_standards.is_empty()).then(|| standards.collect()))
        .build()
}

fn note(note: &asff::Note) -> aws::Note {
    aws::Note::builder().text(&note.text).updated_by(note.updated_by).updated_at(&note.updated_at).build()
}
