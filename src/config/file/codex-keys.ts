/** Keys of Codex's own config that are let in, so that a whole file of it can be pasted, though they mean nothing here. */

/** Provider keys of Codex 0.169 besides those that work here, with the reason why they do not. Asked of its `--strict-config`. */
export const IDLE_PROVIDER_KEYS: Readonly<Record<string, string>> = {
  requires_openai_auth: "an OpenAI login stays with Codex; the provider's key comes from env_key, api_key_file or auth",
  supports_websockets: "upstreams are reached over HTTP",
  websocket_connect_timeout_ms: "upstreams are reached over HTTP; use connect_timeout_ms",
  supports_standalone_web_search: "Codex uses it by itself",
  model_catalog_url: "describe models in [models]",
  capabilities: "preset and dialect describe what a provider can do",
  aws: "requests are not signed for AWS; give a key by env_key, api_key_file or auth",
  gateway_oauth: "OAuth is not supported; give a key by env_key, api_key_file or auth",
  project_id: "write the project into base_url",
  location: "write the location into base_url",
  credential_file: "it is not a plain key; give one by api_key_file, or get one by auth",
};

/** Keys of an MCP server in Codex's config: it starts or asks such a one by itself, so that nothing of it is used here. */
export const CODEX_MCP_KEYS: readonly string[] = `
  args bearer_token_env_var command cwd disabled_tools enabled enabled_tools env env_vars experimental_environment
  oauth oauth_resource required scopes startup_timeout_ms startup_timeout_sec supports_parallel_tool_calls tool_timeout_sec
  tools`
  .trim()
  .split(/\s+/);

/** Settings at the top of Codex's config: those of 0.169, asked of it, and some of older versions that are still around. */
export const CODEX_TOP_KEYS: readonly string[] = `
  agents allow_login_shell allow_symlinked_codex_home analytics approval_policy approvals_reviewer apps
  apps_mcp_product_sku audio auto_review background_terminal_max_timeout chatgpt_base_url check_for_update_on_startup
  cli_auth_credentials_store cloud compact_prompt computer_use default_permissions desktop developer_instructions
  disable_paste_burst experimental_compact_prompt_file experimental_realtime_start_instructions
  experimental_realtime_webrtc_call_base_url experimental_realtime_ws_backend_prompt experimental_realtime_ws_base_url
  experimental_realtime_ws_model experimental_realtime_ws_startup_context experimental_thread_store
  experimental_thread_store_endpoint experimental_use_unified_exec_tool features feedback file_opener
  forced_chatgpt_workspace_id forced_login_method ghost_snapshot goals hide_agent_reasoning history hooks
  include_apps_instructions include_collaboration_mode_instructions include_environment_context
  include_permissions_instructions instructions js_repl_node_module_dirs js_repl_node_path log_dir marketplaces
  mcp_enterprise_managed_auth mcp_oauth_callback_port mcp_oauth_callback_url mcp_oauth_credentials_store
  mcp_optional_startup_grace_ms memories model model_auto_compact_token_limit
  model_auto_compact_token_limit_scope model_catalog_json model_context_window model_instructions_file
  model_post_turn_compact_threshold_percent model_provider model_reasoning_effort model_reasoning_summary
  model_verbosity notice notify openai_base_url orchestrator oss_provider otel permissions personality
  plan_mode_reasoning_effort plugins profile profiles project_doc_fallback_filenames project_doc_max_bytes
  project_root_markers projects realtime responses_api_metadata review_model sandbox_mode sandbox_workspace_write
  service_tier shell_environment_policy show_raw_agent_reasoning skills sqlite_home suppress_unstable_features_warning
  thread_unload_delay_secs tool_output_token_limit tool_suggest tools tui windows
  debug disable_response_storage experimental_instructions_file experimental_thread_config_endpoint
  model_max_output_tokens model_supports_reasoning_summaries preferred_auth_method zsh_path`
  .trim()
  .split(/\s+/);
