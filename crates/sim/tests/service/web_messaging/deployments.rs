//! What a deployment says of itself.

use guestwire_sim::service::WebMessagingConfig;
use serde_json::json;

use super::world::{BASE, DEPLOYMENT, World, config};

#[test]
fn its_configuration_leads_back_to_the_same_service_and_says_how_it_is_set() {
    let own = WebMessagingConfig { clear: false, auto_start: true, max_file_kb: 7, ..config() };
    let mut world = World::new(own);
    let answer = world.service.deployment_config(world.now, DEPLOYMENT, BASE);
    assert_eq!((answer.status, &answer.body["id"]), (200, &json!(DEPLOYMENT)));
    assert_eq!(answer.body["apiEndpoint"], BASE);
    let conversations = &answer.body["messenger"]["apps"]["conversations"];
    assert_eq!(conversations["messagingEndpoint"], "ws://127.0.0.1:8787");
    assert_eq!(conversations["conversationClear"]["enabled"], false);
    assert_eq!(conversations["autoStart"]["enabled"], true);
    assert_eq!(answer.body["messenger"]["fileUpload"]["modes"][0]["maxFileSizeKB"], 7);
}

#[test]
fn its_domains_are_those_that_are_let_in() {
    let mut world = World::new(config());
    let open = world.service.deployment_domains(world.now, DEPLOYMENT);
    assert_eq!(open.body, json!({ "allowAllDomains": true, "allowedDomains": [] }));
    let mut world = World::new(WebMessagingConfig { allowed_domains: vec!["shop.example".into()], ..config() });
    let closed = world.service.deployment_domains(world.now, DEPLOYMENT);
    assert_eq!(closed.body, json!({ "allowAllDomains": false, "allowedDomains": ["shop.example"] }));
}

#[test]
fn an_unknown_deployment_is_nowhere() {
    let mut world = World::new(WebMessagingConfig { deployments: vec![DEPLOYMENT.into()], ..config() });
    let refused = world.service.deployment_config(world.now, "elsewhere", BASE);
    assert_eq!((refused.status, &refused.body["code"]), (404, &json!("deployment.not.found")));
    assert_eq!(world.service.deployment_domains(world.now, "elsewhere").status, 404);
}
