/** What model hosts say of themselves, of accounts, models, windows and rates. */
import { linesOf } from "./lines.ts";

export const SERVICE_WORDINGS = linesOf(`
Bad Request
Unauthorized
Forbidden
Not Found
404 page not found
File Not Found
Method Not Allowed
Request Timeout
Conflict
Payload Too Large
Request Entity Too Large
Unprocessable Entity
Too Many Requests
Internal Server Error
Not Implemented
Bad Gateway
Service Unavailable
Service Temporarily Unavailable
Gateway Timeout
Gateway Time-out
error code: 524
Attention Required!

Incorrect API key provided: {}. You can find your API key at {}.
You didn't provide an API key. You need to provide your API key in an Authorization header.
Invalid authentication credentials
Authentication error
Authentication failed
authentication required
invalid x-api-key
invalid api key
Invalid API key provided
API key not valid. Please pass a valid API key.
API key expired. Please renew the API key.
The API key has been revoked
Missing API key
No API key provided
no auth credentials found
Missing authentication header
The access token could not be verified
Your authentication token has expired. Please try signing in again.
User not found
Wrong key
Unauthorized: invalid token
permission denied
access denied
Access to model {} denied
You have no access to this model
You do not have access to this model
you do not have permission to access this resource
this key may not use the model
The key is not allowed to use the model
Project {} does not have access to model {}
Your organization must be verified to use the model {}
Your organization must be verified to generate reasoning summaries
Country, region, or territory not supported

The model {} does not exist or you do not have access to it.
model {} does not exist
The model {} has been deprecated
The model {} is not available
model {} is not supported
model {} not found, try pulling it first
model {} not found
model not found
model: {}
No such model {}
Invalid model: {}
invalid model name passed in
unknown model {}
{} is not a valid model ID
no models loaded. Please load a model first
Model {} is not loaded
model not loaded
model failed to load, this may be due to resource limitations or an internal error, check the server logs for details
Failed to load model {}
Loading model
model is loading
The model {} is currently loading
Model is unloaded
The API deployment for this resource does not exist.
Resource not found
The requested resource was not found
The requested resource does not exist
Unsupported endpoint
Unknown request URL: {}
Invalid URL
This is not a chat model and thus not supported in the chat completions endpoint
does not support chat
does not support generate

This model's maximum context length is 100 tokens. However, you requested 120 tokens (100 in the messages, 20 in the completion). Please reduce the length of the messages or completion.
However, your messages resulted in 120 tokens.
However, your prompt contains at least 120 input tokens
maximum context length exceeded
context length exceeded
Your input exceeds the context window of this model. Please adjust your input and try again.
the request exceeds the available context size, try increasing it
the request exceeds the available context size (8 tokens)
request (9 tokens) exceeds the available context size (8 tokens), try increasing it
The input (120 tokens) is longer than the model's context length (100 tokens).
Prompt contains 120 tokens, too large for model with 100 maximum context length
Prompt contains 120 tokens and 0 draft tokens
The prompt is longer than the maximum model length of 100
The decoder prompt (length 120) is longer than the maximum model length of 100.
Your request exceeded model token limit: 100 (requested: 120)
Prompt exceeds max length
Range of input length should be [1, 100]
invalid params, context window exceeds limit
prompt too long; exceeded max context length by 20 tokens
inputs tokens + max_new_tokens must be <= 100. Given: 120
inputs must have less than 100 tokens. Given: 120
tokens to keep from the initial prompt is greater than the context length
The number of tokens to keep from the initial prompt is greater than the context length
The input token count (120) exceeds the maximum number of tokens allowed (100).
prompt is too long: 120 tokens > 100 maximum
prompt too long
Trying to keep the first 120 tokens when context the overflows.
Cannot truncate prompt with n_keep (120) >= n_ctx (100)
The prompt (total length 120) is too long to fit into the model (100). Make sure that max_model_len is no smaller
input length and max_tokens exceed context limit: 90 + 20 > 100, decrease input length or max_tokens and try again
Input is too long for requested model.
the input is too long
input too long
max_tokens: 100 > 80, which is the maximum allowed number of output tokens for {}
max_tokens is too large: 100. This model supports at most 50 completion tokens, whereas you provided 100.
max_tokens must be at least 1, got 0
max_tokens must be greater than thinking.budget_tokens
must be greater than the number of
the minimum is 16
the maximum is 64
Please shorten it.
Please reduce the length of the input
Request too large for model {} on tokens per minute (TPM): Limit 60, Requested 80, please reduce your message size and try again.
Request body too large
Request exceeds the maximum size
Request is too large
The request is larger than the limit of 10 MB

Rate limit reached for {} in organization {} on tokens per min (TPM): Limit 100, Used 90, Requested 20. Please try again in 7.66s. Visit {} to learn more.
Rate limit reached for {} in organization {} on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.
Rate limit reached: 100 tokens per minute
on requests per day (RPD)
on tokens per day (TPD)
Rate limit exceeded
Rate limit exceeded: limit 20 requests per minute
Rate limit exceeded, please try again later
rate limited upstream. Please retry shortly
You have been rate limited
Too many requests, please slow down and try again later
Too many concurrent requests
Too many concurrent connections
slow down
back off and try again
try again later
Please try again later.
please try again
try again in 5s
Please retry in 3.5s.
Please retry after 20 seconds.
This request would exceed your organization's rate limit of 100 input tokens per minute
This request would exceed your account's rate limit. Please try again later.
This request would exceed the rate limit for your organization of 100 output tokens per minute
Number of request tokens has exceeded your per-minute rate limit
You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: {}
You exceeded your quota. Please retry in 3.5s.
You exceeded your plan
Quota exceeded for metric: {}, limit: 10
Quota exceeded for requests per day
Quota exceeded
Resource has been exhausted (e.g. check quota).
Insufficient Balance
Insufficient credits
insufficient funds
insufficient quota
This request requires more credits, or fewer max_tokens. You requested up to 100 tokens, but can only afford 50
Your credit balance is too low to access the API. Please go to Plans & Billing to upgrade or purchase credits.
Your account is not active, please check your billing details
You have reached your specified API usage limits. You will regain access on {}
You have reached your usage limit
The usage limit has been reached
your daily free allocation is used
you have used up your daily free allocation
monthly spend limit reached
billing hard limit has been reached

Overloaded
busy
server busy, please try again
The server is overloaded or not ready yet.
The engine is currently overloaded, please try again later
That model is currently overloaded with other requests. You can retry your request
The model is overloaded. Please try again later.
Model is overloaded
The request queue is full.
maximum pending requests exceeded
slot unavailable
no slot available
out of capacity
{} is over capacity, back off and try again
at capacity
No available workers
no healthy upstream
no server is available to handle this request
temporarily unavailable
temporarily rate limited
upstream connect error or disconnect/reset before headers. reset reason: connection failure
upstream request timeout
The server had an error while processing your request. Sorry about that! You can retry your request
An error occurred while processing your request. You can retry your request. Please include the request ID {} in your message.
Internal error
internal error encountered
Something went wrong
Unknown error
An unexpected error occurred
an error occurred
server error
Provider returned error
Upstream error from {}
The model has crashed without additional information. (Exit code: 1)
The model produced invalid content
the output does not match the format
CUDA out of memory
CUDA error
out of memory
not enough memory
model requires more system memory (10 GiB) than is available (8 GiB)
Request failed during generation: out of memory
Request failed with status code 500
generation failed
worker lost
worker died
connection refused
connection reset by peer
connection error
connection closed
broken pipe
unexpected EOF
timed out
Request timed out
Request timeout
timeout waiting for
deadline exceeded
context canceled
model runner has unexpectedly stopped
runner process has terminated: exit status 2
The response was terminated early
worker unreachable
service unreachable
out of order
`);
