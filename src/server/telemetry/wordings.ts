/**
 * What upstreams say when they fail. Wordings are data, apart by `|` or a line's end: `{}` where a name or a value
 * stands, figures as examples. The log lets words through by their neighbors (see known-words), so a wording also serves
 * for whatever is said in part like it.
 */

/** About themselves, accounts, models, context windows and rates; then about a request, its history and its content. */
const WORDS = `
Bad Request | Unauthorized | Forbidden | Not Found | 404 page not found | File Not Found | Method Not Allowed | Conflict
Request Timeout | Payload Too Large | Request Entity Too Large | Unprocessable Entity | Too Many Requests | Bad Gateway
Internal Server Error | Not Implemented | Service Unavailable | Service Temporarily Unavailable | Gateway Timeout
Gateway Time-out | error code: 524 | Attention Required!

Incorrect API key provided: {}. You can find your API key at {}. | Invalid authentication credentials | invalid api key
You didn't provide an API key. You need to provide your API key in an Authorization header. | Authentication error
Authentication failed | authentication required | invalid x-api-key | Invalid API key provided | Missing API key
API key not valid. Please pass a valid API key. | API key expired. Please renew the API key. | No API key provided
The API key has been revoked | no auth credentials found | Missing authentication header | User not found | Wrong key
The access token could not be verified | Your authentication token has expired. Please try signing in again.
Unauthorized: invalid token | permission denied | access denied | Access to model {} denied
You have no access to this model | You do not have access to this model | this key may not use the model
you do not have permission to access this resource | The key is not allowed to use the model
Project {} does not have access to model {} | Your organization must be verified to use the model {}
Your organization must be verified to generate reasoning summaries | Country, region, or territory not supported

The model {} does not exist or you do not have access to it. | model {} does not exist | The model {} is not available
The model {} has been deprecated | model {} is not supported | model {} not found, try pulling it first | model: {}
model {} not found | model not found | No such model {} | Invalid model: {} | invalid model name passed in | Invalid URL
unknown model {} | {} is not a valid model ID | no models loaded. Please load a model first | Model {} is not loaded
model not loaded | Failed to load model {} | Loading model | model is loading | The model {} is currently loading
model failed to load, this may be due to resource limitations or an internal error, check the server logs for details
Model is unloaded | The API deployment for this resource does not exist. | Resource not found | Unsupported endpoint
The requested resource was not found | The requested resource does not exist | Unknown request URL: {}
This is not a chat model and thus not supported in the chat completions endpoint | does not support chat
does not support generate

This model's maximum context length is 100 tokens. However, you requested 120 tokens (100 in the messages, 20 in the completion). Please reduce the length of the messages or completion.
However, your messages resulted in 120 tokens. | However, your prompt contains at least 120 input tokens
maximum context length exceeded | context length exceeded | the request exceeds the available context size (8 tokens)
Your input exceeds the context window of this model. Please adjust your input and try again. | Prompt exceeds max length
the request exceeds the available context size, try increasing it | Prompt contains 120 tokens and 0 draft tokens
request (9 tokens) exceeds the available context size (8 tokens), try increasing it | prompt too long | input too long
The input (120 tokens) is longer than the model's context length (100 tokens). | Input is too long for requested model.
Prompt contains 120 tokens, too large for model with 100 maximum context length | the input is too long
The prompt is longer than the maximum model length of 100 | Range of input length should be [1, 100] | the minimum is 16
The decoder prompt (length 120) is longer than the maximum model length of 100. | max_tokens must be at least 1, got 0
Your request exceeded model token limit: 100 (requested: 120) | invalid params, context window exceeds limit
prompt too long; exceeded max context length by 20 tokens | inputs tokens + max_new_tokens must be <= 100. Given: 120
inputs must have less than 100 tokens. Given: 120 | prompt is too long: 120 tokens > 100 maximum | the maximum is 64
tokens to keep from the initial prompt is greater than the context length | must be greater than the number of
The number of tokens to keep from the initial prompt is greater than the context length | Please shorten it.
The input token count (120) exceeds the maximum number of tokens allowed (100). | Please reduce the length of the input
Trying to keep the first 120 tokens when context the overflows. | max_tokens must be greater than thinking.budget_tokens
Cannot truncate prompt with n_keep (120) >= n_ctx (100) | Request body too large | Request exceeds the maximum size
The prompt (total length 120) is too long to fit into the model (100). Make sure that max_model_len is no smaller
input length and max_tokens exceed context limit: 90 + 20 > 100, decrease input length or max_tokens and try again
max_tokens: 100 > 80, which is the maximum allowed number of output tokens for {} | Request is too large
max_tokens is too large: 100. This model supports at most 50 completion tokens, whereas you provided 100.
Request too large for model {} on tokens per minute (TPM): Limit 60, Requested 80, please reduce your message size and try again.
The request is larger than the limit of 10 MB

Rate limit reached for {} in organization {} on tokens per min (TPM): Limit 100, Used 90, Requested 20. Please try again in 7.66s. Visit {} to learn more.
Rate limit reached for {} in organization {} on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.
Rate limit reached: 100 tokens per minute | on requests per day (RPD) | on tokens per day (TPD) | Rate limit exceeded
Rate limit exceeded: limit 20 requests per minute | Rate limit exceeded, please try again later | slow down
rate limited upstream. Please retry shortly | You have been rate limited | Too many concurrent requests | Quota exceeded
Too many requests, please slow down and try again later | Too many concurrent connections | back off and try again
try again later | Please try again later. | please try again | try again in 5s | Please retry in 3.5s.
Please retry after 20 seconds. | This request would exceed your organization's rate limit of 100 input tokens per minute
This request would exceed your account's rate limit. Please try again later. | You exceeded your plan
This request would exceed the rate limit for your organization of 100 output tokens per minute | Insufficient Balance
Number of request tokens has exceeded your per-minute rate limit | You exceeded your quota. Please retry in 3.5s.
You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: {}
Quota exceeded for metric: {}, limit: 10 | Quota exceeded for requests per day | Insufficient credits
Resource has been exhausted (e.g. check quota). | insufficient funds | insufficient quota | monthly spend limit reached
This request requires more credits, or fewer max_tokens. You requested up to 100 tokens, but can only afford 50
Your credit balance is too low to access the API. Please go to Plans & Billing to upgrade or purchase credits.
Your account is not active, please check your billing details | You have reached your usage limit
You have reached your specified API usage limits. You will regain access on {} | The usage limit has been reached
your daily free allocation is used | you have used up your daily free allocation | billing hard limit has been reached

Overloaded | busy | server busy, please try again | The server is overloaded or not ready yet. | Model is overloaded
The engine is currently overloaded, please try again later | The model is overloaded. Please try again later.
That model is currently overloaded with other requests. You can retry your request | The request queue is full.
maximum pending requests exceeded | slot unavailable | no slot available | out of capacity | at capacity | Unknown error
{} is over capacity, back off and try again | No available workers | no healthy upstream | temporarily unavailable
no server is available to handle this request | temporarily rate limited | upstream request timeout | Internal error
upstream connect error or disconnect/reset before headers. reset reason: connection failure | internal error encountered
The server had an error while processing your request. Sorry about that! You can retry your request | an error occurred
An error occurred while processing your request. You can retry your request. Please include the request ID {} in your message.
Something went wrong | An unexpected error occurred | server error | Provider returned error | Upstream error from {}
The model has crashed without additional information. (Exit code: 1) | The model produced invalid content | CUDA error
the output does not match the format | CUDA out of memory | out of memory | not enough memory | generation failed
model requires more system memory (10 GiB) than is available (8 GiB) | Request failed during generation: out of memory
Request failed with status code 500 | worker lost | worker died | connection refused | connection reset by peer
connection error | connection closed | broken pipe | unexpected EOF | timed out | Request timed out | Request timeout
timeout waiting for | deadline exceeded | context canceled | model runner has unexpectedly stopped | worker unreachable
runner process has terminated: exit status 2 | The response was terminated early | service unreachable | out of order

Unsupported parameter: {} is not supported with this model. Use {} instead. | {} is deprecated for this model. | bad
Unsupported value: {} does not support {} with this model. Only the default (1) value is supported. | are not supported
{} is not supported for this model. Use {} and {} to control thinking behavior. | {} is not supported | unrecognized key
is not supported with this model | is not supported by this model | is not supported when | Supported values are: {}
does not support this feature | this feature is not supported | this parameter is not supported | Unknown parameter: {}.
Invalid value: {}. Supported values are: {}, {}, and {}. | Unrecognized request argument supplied: {} | Missing field
Unrecognized request arguments supplied: {} | unexpected keyword argument | Missing required parameter: {}. | is invalid
missing required field | Invalid type for {}: expected an array of objects, but got a string instead. | Invalid argument
Invalid type for {}: expected one of {} or {}, but got an object instead. | expected a string | expected an object
expected a number, but got a boolean instead | but got null instead | Invalid parameter: {} | Invalid parameter value
invalid params | Invalid {}: empty array. Expected an array with minimum length 1, but got an empty array instead.
Invalid {}: array too long. Expected an array with maximum length 10, but got an array with length 20 instead.
Invalid {}: string too long. Expected a string with maximum length 64, but got a string with length 80 instead.
Invalid {}: string does not match pattern. Expected a string that matches the pattern {} | schema must have a 'type' key
Invalid {}: integer above maximum value. Expected a value <= 10, but got 20 instead. | invalid JSON schema | Value error
Invalid {}: integer below minimum value. Expected a value >= 16, but got 1 instead. | tools is too long | field required
Invalid {}: decimal above maximum value | Invalid schema for response_format {} | Field required | validation error for
Invalid schema for function {}: In context=(), {} is required to be supplied and to be an array including every key in properties. Missing {}.
{} is required to be supplied and to be false | schema must be a JSON Schema of type object | extra fields not permitted
strict schemas need additionalProperties: false | JSON schema is invalid. It must match JSON Schema draft 2020-12
Extra inputs are not permitted | Input should be a valid string | Input should be a valid list | 1 validation error
Input should be a valid dictionary | Input should be a valid integer | Input should be a valid number | must be a string
Input should be a valid boolean | Input should be an object | Input should be {} or {} | Input should be greater than 0
Input should be greater than or equal to 1024 | Input should be less than or equal to 2 | String should match pattern {}
Input tag {} found using {} does not match any of the expected tags: {} | String should have at most 64 characters
List should have at most 10 items after validation, not 20 | 2 validation errors | value is not a valid integer
ensure this value is greater than or equal to 0 | temperature must be a number | temperature must be between 0 and 2
top_p must be in (0, 1], got 0 | must be an array | must be an object | must be an integer | must be a boolean
must be a positive integer | must be one of {} | must be less than or equal to 1 | must be greater than 0 | must be set
must be at least 1 | must be at most 64 | must be provided | must not be empty | must not exceed 10 | must be non-empty
must be unique | cannot be empty | cannot be null | cannot be used with | cannot be modified | cannot both be set
cannot be specified at the same time | cannot be parsed | is required | is required when | is required for this model
is not allowed | not allowed | only one of | either {} or {} | is not one of {} | is not of type {} | is not valid
is not defined | is not a function | property {} is unsupported | unknown field {} | unknown option | unknown type
unknown role | invalid role | invalid message format | unexpected role | unexpected block | unexpected token | bad value
unexpected value; permitted: {} | error: {} | Invalid value for {} | value error, {} | limit 10, got 20 | found 2 errors
invalid value | Invalid JSON | Invalid request | Invalid request format | Invalid request: {} | bad request
request body is not valid JSON | Failed to parse request body as JSON | Could not parse the request body
We could not parse the JSON body of your request. | unknown variant {}, expected one of {} | failed to parse grammar
Failed to deserialize the JSON body into the target type: missing field {} at line 1 column 20 | error parsing tool call
invalid type: string, expected a sequence | cannot unmarshal string into Go struct field {} of type int | template error
cannot unmarshal array into Go value of type | invalid character {} looking for beginning of value
invalid character {} in string literal | unexpected end of JSON input | Expecting value: line 1 column 1 (char 0)
JSON Parse error: Unexpected identifier {} | JSON Parse error: Unexpected EOF | JSON Parse error: Unterminated string
JSON Parse error: Expected '}' | JSON Parse error: Unrecognized token {} | Unexpected token in JSON at position 10
JSON Parse error: Property name must be a string literal | failed to parse messages | Failed to parse input at pos 10
failed to parse tool call arguments as JSON | Unsupported content type | unsupported media type

messages with role {} must be a response to a preceding message with {}. | tool_use ids must be unique | Invalid image
An assistant message with {} must be followed by tool messages responding to each {}. The following tool_call_ids did not have response messages: {}
tool_use ids were found without tool_result blocks immediately after: {}. Each tool_use block must have a corresponding tool_result block in the next message.
unexpected tool_use_id found in tool_result blocks: {}. Each tool_result block must have a corresponding tool_use block in the previous message.
roles must alternate between user and assistant, but found multiple user roles in a row | messages must not be empty
Conversation roles must alternate user/assistant/user/assistant/... | first message must use the user role
the last message must be a user message | the last message must have role user | at least one message is required
all messages must have non-empty content except for the optional final assistant message | Thinking may not be enabled
text content blocks must be non-empty | text content blocks must contain non-whitespace text | {} does not support tools
final assistant content cannot end with trailing whitespace | System message must be at the beginning | unsupported tool
Only user, assistant and system roles are supported | Not the same number of function calls and responses | cannot cache
Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant | Could not process image
Please ensure that function call turn comes immediately after a user turn or after a function response turn.
Please ensure that the number of function response parts is equal to the number of function call parts
Function call is missing a thought_signature in functionCall parts | Previous response with id {} not found.
The reasoning_content in the thinking mode must be passed back to the API. | No tool output found for function call {}.
Item {} of type {} was provided without its required following item. | Invalid signature in thinking block
Item {} of type {} was provided without its required {} item: {}. | Encrypted content is not supported with this model.
Item with id {} not found. Items are not persisted when store is set to false. Try again with store set to true, or remove this item from your input.
Duplicate item found with id {}. Remove duplicate items from your input and try again. | {} does not support thinking
No tool call found for function call output with call_id {}. | The block is bound to a different conversation
The encrypted content {} could not be verified. Reason: Encrypted content could not be decrypted or parsed.
thinking or redacted_thinking blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.
Expected thinking or redacted_thinking, but found tool_use. When thinking is enabled, a final assistant message must start with a thinking block
may not be enabled when tool_choice forces tool use | This model does not support the effort parameter.
This model does not support image input | This model does not support images | Unsupported image format
image input is not supported - hint: if this is unexpected, you may need to provide the mmproj | failed to process image
failed to download image | Invalid base64 image | unsupported tool type | tools are not supported | tool {} not found
tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set | tool choice type is not supported
type {} is not supported for this model | Tool choice is none, but model called a tool | No endpoints found for {}
No endpoints found that support tool use. | No endpoints found that support image input | tool call validation failed
No allowed providers are available for the selected model. | No endpoints available matching your data policy
Failed to call a function. Please adjust your prompt. See {} for more details. | start it otherwise
parallel tool calls are not supported | streaming is not supported
Streaming is required for operations that may take longer than 10 minutes
A maximum of 4 blocks with cache_control may be provided. Found 5.

Your input was flagged | {} requires moderation; your input was flagged | rejected as a result of our safety system
Your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt
The request was rejected as a result of our safety system. | The content is blocked | blocked by content filter
The response was filtered due to the prompt triggering the content management policy. Please modify your prompt and retry
Output blocked by content filtering policy | Content Exists Risk | The prompt is malformed
Function id {}: DEGRADED function cannot be invoked
`;

export const WORDINGS: readonly string[] = WORDS.split(/\n+| \| /).filter((wording) => wording !== "");
