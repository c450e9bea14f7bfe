/** The bearer token that the gateway takes, unless its flags name others (`DEMO_TOKEN` in `crates/gateway`). */
export const TOKEN = "demo-token-0000000000";
