//! What a bucket shows to browsers.

use aws_sdk_s3::operation::get_bucket_cors::GetBucketCorsOutput;
use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types as sdk;

use crate::collect::facts::shape;

shape! {
    pub(super) struct WebsiteConfiguration of own: GetBucketWebsiteOutput {
        /// The key of the page that a folder answers with; null for a site that only sends its visitors elsewhere.
        IndexDocument: Option<String> = own.index_document.as_ref().map(|document| &document.suffix);
        RedirectAllRequestsTo: Option<Redirect> = own.redirect_all_requests_to;
    }
}

shape! {
    pub(super) struct Redirect of own: sdk::RedirectAllRequestsTo {
        HostName: String = own.host_name;
        /// `http` or `https`; null for that of the request.
        Protocol: Option<String> = own.protocol;
    }
}

shape! {
    pub(super) struct CorsConfiguration of own: GetBucketCorsOutput {
        CorsRules: Vec<CorsRule> = own.cors_rules;
    }
}

shape! {
    pub(super) struct CorsRule of rule: sdk::CorsRule {
        Id: Option<String> = rule.id;
        AllowedOrigins: Vec<String> = rule.allowed_origins;
        AllowedMethods: Vec<String> = rule.allowed_methods;
    }
}
