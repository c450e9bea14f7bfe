//! The demo's files.

use std::path::PathBuf;

use crate::world::World;

/// A directory with a page in it, gone with the test.
struct Site(PathBuf);

impl Site {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("guestwire-{name}-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("www/assets")).expect("a directory");
        for (file, text) in [
            ("www/index.html", "<!doctype html><title>demo</title>"),
            ("www/assets/app.js", "export {};"),
            ("www/assets/app.css", "body {}"),
            ("www/assets/guestwire.wasm", "\0asm"),
            ("secret.txt", "secret"),
        ] {
            std::fs::write(dir.join(file), text).expect("a file");
        }
        Self(dir)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Left behind at worst, in the system's own place for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn files_come_with_their_types_and_a_strict_policy() {
    let site = Site::new("types");
    let world = World::with(|s| s.www = Some(site.0.join("www"))).await;
    for (path, kind) in [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/assets/app.js", "text/javascript"),
        ("/assets/app.css", "text/css"),
        ("/assets/guestwire.wasm", "application/wasm"),
    ] {
        let answer = world.request("GET", path, &[], "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
    }
    let first = world.request("GET", "/", &[], "").await;
    let since = first.header("last-modified").expect("said");
    let again = world.request("GET", "/", &[("If-Modified-Since", since)], "").await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn nothing_outside_the_directory_is_served() {
    let site = Site::new("outside");
    let world = World::with(|s| s.www = Some(site.0.join("www"))).await;
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/missing",
        "/assets/missing.js",
    ] {
        let answer = world.request("GET", path, &[], "").await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{path}");
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
    assert_eq!(world.request("POST", "/", &[], "").await.status, 405);
}

#[cfg(unix)]
#[tokio::test]
async fn neither_links_nor_hidden_files_are_served() {
    let site = Site::new("links");
    let www = site.0.join("www");
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(site.0.join(to), www.join(at)).expect("a link");
    link("secret.txt", "page.txt");
    link("www/assets", "inside");
    std::fs::create_dir(www.join(".git")).expect("a directory");
    std::fs::write(www.join(".git/config"), "secret").expect("a file");
    std::fs::write(www.join(".env"), "secret").expect("a file");
    let world = World::with(|s| s.www = Some(www.clone())).await;
    for path in ["/page.txt", "/inside/app.js", "/.git/config", "/.env", "/%2eenv", "/assets/../.env"] {
        let answer = world.request("GET", path, &[], "").await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{path}");
    }
    assert_eq!(world.request("GET", "/assets/app.js", &[], "").await.status, 200);
}

#[tokio::test]
async fn without_a_page_it_says_how_to_have_one() {
    let world = World::new().await;
    let answer = world.request("GET", "/", &[], "").await;
    assert_eq!(answer.status, 404);
    assert!(String::from_utf8_lossy(&answer.body).contains("--www"));
}
