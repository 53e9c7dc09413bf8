//! What a bucket shows to browsers.

use crate::aws::told::Given;
use crate::collect::facts::shape;

shape! {
    pub(super) struct WebsiteConfiguration of own: Given<'_> {
        /// The key of the page that a folder answers with; null for a site that only sends its visitors elsewhere.
        IndexDocument: Option<String> = own.get("IndexDocument.Suffix");
        RedirectAllRequestsTo: Option<Redirect> = own.get("RedirectAllRequestsTo");
    }
}

shape! {
    pub(super) struct Redirect of own: Given<'_> {
        HostName: String = own.get("HostName");
        /// `http` or `https`; null for that of the request.
        Protocol: Option<String> = own.get("Protocol");
    }
}

shape! {
    pub(super) struct CorsConfiguration of own: Given<'_> {
        CorsRules: Vec<CorsRule> = own.get("CORSRules");
    }
}

shape! {
    pub(super) struct CorsRule of rule: Given<'_> {
        Id: Option<String> = rule.get("ID");
        AllowedOrigins: Vec<String> = rule.get("AllowedOrigins");
        AllowedMethods: Vec<String> = rule.get("AllowedMethods");
    }
}
