/** How a deployment is configured, as the service publishes it for every page. */

/** `config.json` of a deployment. The service's own form; what a version of it lacks is absent, and it may have more. */
export interface DeploymentConfig {
  readonly id: string;
  readonly version?: string;
  readonly languages?: readonly string[];
  readonly defaultLanguage?: string;
  readonly apiEndpoint?: string;
  readonly status?: "Active" | "Inactive" | (string & {});
  readonly messenger?: {
    readonly enabled?: boolean;
    readonly apps?: { readonly conversations?: ConversationsConfig };
    readonly styles?: { readonly primaryColor?: string };
    readonly launcherButton?: { readonly visibility?: string };
    readonly homeScreen?: { readonly enabled?: boolean; readonly logoUrl?: string };
    readonly fileUpload?: {
      /** Where it is there, what the session announces is what counts, not `modes`. */
      readonly enableAttachments?: boolean;
      readonly modes?: readonly { readonly fileTypes?: readonly string[]; readonly maxFileSizeKB?: number }[];
    };
  };
  /** Whether the service's own widget shows nothing, and a page has its own. */
  readonly headlessMode?: { readonly enabled?: boolean };
  readonly position?: {
    readonly alignment?: "Auto" | "Left" | "Right" | (string & {});
    readonly sideSpace?: number;
    readonly bottomSpace?: number;
  };
  readonly journeyEvents?: { readonly enabled?: boolean };
  readonly auth?: { readonly enabled?: boolean; readonly allowSessionUpgrade?: boolean };
  readonly [member: string]: unknown;
}

/** What a deployment's conversations can do. */
export interface ConversationsConfig {
  readonly enabled?: boolean;
  readonly messagingEndpoint?: string;
  readonly showAgentTypingIndicator?: boolean;
  readonly showUserTypingIndicator?: boolean;
  readonly autoStart?: { readonly enabled?: boolean };
  readonly conversationDisconnect?: {
    readonly enabled?: boolean;
    readonly type?: "Send" | "ReadOnly" | (string & {});
  };
  readonly conversationClear?: { readonly enabled?: boolean };
  readonly notifications?: { readonly enabled?: boolean; readonly notificationContentType?: string };
  readonly markdown?: { readonly enabled?: boolean };
  readonly humanize?: { readonly enabled?: boolean };
  /** Seconds. */
  readonly sessionDurationSeconds?: number;
  readonly [member: string]: unknown;
}

/** `domains.json`: whose pages may use the deployment. A domain stands for its sub-domains too; ports and schemes do not count. */
export interface DeploymentDomains {
  readonly allowAllDomains: boolean;
  readonly allowedDomains: readonly string[];
}
