//! The catalog against two tables that were written by hand, from the regulation and from the AICPA's numbering, and not
//! from the catalog.

use super::*;

/// Each provision; its letter; whom it binds; what its text asks people for.
///
/// Letter: `S` a standard, `N` a standard without specifications that Appendix A marks (R), `R` and `A` specifications,
/// `o` an alternative or a permission, `-` no duty. Binds: `B` covered entities and business associates, `C` covered
/// entities, `A` business associates, `H` clearinghouses, `G` group health plans, `Y` hybrid entities. Asks: `P` policies,
/// procedures or plans, `R` to assess, review or test, `D` to write down or keep; `-` nothing of the kind.
const LAW: &str = "
160.310                S B D
164.105                S Y PD
164.302                - B -
164.304                - B -
164.306(a)             S B -
164.306(b)             - B -
164.306(c)             S B -
164.306(d)             S B D
164.306(e)             S B RD
164.308(a)(1)(i)       S B P
164.308(a)(1)(ii)(A)   R B R
164.308(a)(1)(ii)(B)   R B -
164.308(a)(1)(ii)(C)   R B -
164.308(a)(1)(ii)(D)   R B PR
164.308(a)(2)          N B -
164.308(a)(3)(i)       S B P
164.308(a)(3)(ii)(A)   A B P
164.308(a)(3)(ii)(B)   A B P
164.308(a)(3)(ii)(C)   A B P
164.308(a)(4)(i)       S B P
164.308(a)(4)(ii)(A)   R H P
164.308(a)(4)(ii)(B)   A B P
164.308(a)(4)(ii)(C)   A B PRD
164.308(a)(5)(i)       S B -
164.308(a)(5)(ii)(A)   A B -
164.308(a)(5)(ii)(B)   A B P
164.308(a)(5)(ii)(C)   A B P
164.308(a)(5)(ii)(D)   A B P
164.308(a)(6)(i)       S B P
164.308(a)(6)(ii)      R B D
164.308(a)(7)(i)       S B P
164.308(a)(7)(ii)(A)   R B P
164.308(a)(7)(ii)(B)   R B P
164.308(a)(7)(ii)(C)   R B P
164.308(a)(7)(ii)(D)   A B PR
164.308(a)(7)(ii)(E)   A B R
164.308(a)(8)          N B R
164.308(b)(1)          S C -
164.308(b)(2)          S A -
164.308(b)(3)          R B D
164.310(a)(1)          S B P
164.310(a)(2)(i)       A B P
164.310(a)(2)(ii)      A B P
164.310(a)(2)(iii)     A B P
164.310(a)(2)(iv)      A B PD
164.310(b)             N B P
164.310(c)             N B -
164.310(d)(1)          S B P
164.310(d)(2)(i)       R B P
164.310(d)(2)(ii)      R B P
164.310(d)(2)(iii)     A B D
164.310(d)(2)(iv)      A B -
164.312(a)(1)          S B P
164.312(a)(2)(i)       R B -
164.312(a)(2)(ii)      R B P
164.312(a)(2)(iii)     A B P
164.312(a)(2)(iv)      A B -
164.312(b)             N B -
164.312(c)(1)          S B P
164.312(c)(2)          A B -
164.312(d)             N B P
164.312(e)(1)          S B -
164.312(e)(2)(i)       A B -
164.312(e)(2)(ii)      A B -
164.314(a)(1)          S B D
164.314(a)(2)(i)       r B D
164.314(a)(2)(ii)      o B -
164.314(a)(2)(iii)     r A D
164.314(b)(1)          S G D
164.314(b)(2)(i)       r G D
164.314(b)(2)(ii)      r G D
164.314(b)(2)(iii)     r G D
164.314(b)(2)(iv)      r G D
164.316(a)             S B P
164.316(b)(1)          S B D
164.316(b)(2)(i)       r B D
164.316(b)(2)(ii)      r B D
164.316(b)(2)(iii)     r B RD
164.318                - B -
164.400                - B -
164.402                - B -
164.404                S C -
164.406                S C -
164.408                S C D
164.410                S A -
164.412                S B -
164.414                S B D
164.502(b)             S B -
164.502(e)(1)          S B -
164.502(e)(2)          r B D
164.504(e)(1)          S B D
164.504(e)(2)          r B D
164.504(e)(3)          o B -
164.504(e)(4)          o B -
164.504(e)(5)          r A D
164.508                S C D
164.514(a)             o B -
164.514(b)             o B D
164.514(c)             o B -
164.514(d)             S C PR
164.520                S C D
164.522                S C D
164.524                S C D
164.526                S C D
164.528                S C D
164.530                S C PD
";

/// Where the text says "procedures" or asks for a contract, and one state of AWS is an instance of what it asks for all
/// the same.
const INSTANCES: [&str; 10] = [
    "164.308(a)(7)(ii)(A)",
    "164.308(b)(3)",
    "164.312(a)(1)",
    "164.312(a)(2)(iii)",
    "164.312(c)(1)",
    "164.312(d)",
    "164.502(e)(2)",
    "CC6.3",
    "CC7.1",
    "CC7.2",
];

/// Each criterion, and what it asks people for by our own reading; the same letters.
const CRITERIA: &str = "
CC1.1 - | CC1.2 - | CC1.3 P | CC1.4 - | CC1.5 - | CC2.1 P | CC2.2 - | CC2.3 - | CC3.1 - | CC3.2 R | CC3.3 - | CC3.4 R
CC4.1 R | CC4.2 R | CC5.1 - | CC5.2 P | CC5.3 - | CC6.1 - | CC6.2 P | CC6.3 P | CC6.4 - | CC6.5 - | CC6.6 - | CC6.7 -
CC6.8 - | CC7.1 P | CC7.2 R | CC7.3 R | CC7.4 P | CC7.5 P | CC8.1 PRD | CC9.1 P | CC9.2 R
A1.1 R | A1.2 - | A1.3 R | C1.1 P | C1.2 - | PI1.1 - | PI1.2 - | PI1.3 - | PI1.4 - | PI1.5 -
P1.1 - | P2.1 - | P3.1 - | P3.2 - | P4.1 - | P4.2 - | P4.3 - | P5.1 - | P5.2 - | P6.1 - | P6.2 - | P6.3 - | P6.4 -
P6.5 - | P6.6 - | P6.7 - | P7.1 - | P8.1 -
";

fn letters(asks: &[AsksFor]) -> String {
    let letters: String = asks
        .iter()
        .map(|asked| match asked {
            AsksFor::Procedures => 'P',
            AsksFor::Review => 'R',
            AsksFor::Documentation => 'D',
        })
        .collect();
    if letters.is_empty() { "-".to_owned() } else { letters }
}

fn letter(requirement: &Requirement) -> &'static str {
    match (requirement.class, requirement.appendix_a) {
        (Class::Standard, None) => "S",
        (Class::Standard, Some(Letter::R)) => "N",
        (Class::Required, Some(Letter::R)) => "R",
        (Class::Required, None) => "r",
        (Class::Addressable, Some(Letter::A)) => "A",
        (Class::Permitted, None) => "o",
        (Class::General, None) => "-",
        _ => "?",
    }
}

fn bound(roles: &[EntityRole]) -> &'static str {
    match roles {
        [EntityRole::CoveredEntity, EntityRole::BusinessAssociate] => "B",
        [EntityRole::CoveredEntity] => "C",
        [EntityRole::BusinessAssociate] => "A",
        [EntityRole::Clearinghouse] => "H",
        [EntityRole::GroupHealthPlan] => "G",
        [EntityRole::HybridEntity] => "Y",
        _ => "?",
    }
}

#[test]
fn the_catalog_says_what_the_regulation_says() {
    let catalog = catalog();
    let hipaa = catalog.iter().filter(|requirement| requirement.framework == Framework::Hipaa);
    let said: Vec<[String; 4]> = hipaa
        .map(|it| [it.id.clone(), letter(it).to_owned(), bound(&it.binds).to_owned(), letters(&it.asks_for)])
        .collect();
    let law: Vec<[String; 4]> = LAW
        .trim()
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().try_into().unwrap())
        .collect();
    assert_eq!(said.len(), law.len());
    for (said, law) in said.iter().zip(&law) {
        assert_eq!(said, law);
    }
}

#[test]
fn the_catalog_has_the_61_criteria() {
    let catalog = catalog();
    let soc2 = catalog.iter().filter(|requirement| requirement.framework == Framework::Soc2);
    let said: Vec<String> = soc2.map(|it| format!("{} {}", it.id, letters(&it.asks_for))).collect();
    let criteria: Vec<&str> = CRITERIA.trim().lines().flat_map(|line| line.split(" | ")).map(str::trim).collect();
    assert_eq!(criteria.len(), 61);
    assert_eq!(said, criteria);
}

#[test]
fn only_these_are_shown_by_an_instance_though_people_are_asked() {
    let catalog = catalog();
    let with: Vec<&str> = catalog.iter().filter(|it| it.instance.is_some()).map(|it| it.id.as_str()).collect();
    assert_eq!(with, INSTANCES);
}

/// A summary that leaves the word out makes a duty of people look like a setting.
#[test]
fn summaries_keep_the_word_procedures_where_the_text_has_it() {
    for requirement in catalog().iter().filter(|it| it.framework == Framework::Hipaa) {
        let says = requirement.summary.as_deref().unwrap_or_default();
        let must = requirement.id.starts_with("164.3") && requirement.asks_for.contains(&AsksFor::Procedures);
        assert!(!must || says.contains("procedures"), "{}: {says}", requirement.id);
    }
}
