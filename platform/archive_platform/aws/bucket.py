"""A bucket that nobody reaches by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from archive_platform.aws.policies import Statement, document

UPLOAD_DAYS = 7  # for a large file that arrives in parts; what is left of one that never came is paid for
CORS_SECONDS = 3600


@dataclass(frozen=True)
class Lifecycle:
    """What becomes of files in a bucket, in days. None: nothing.

    Attributes:
        old_versions: until a version that is no longer the current one is deleted.
        colder: until a file moves to `colder_class`.
        expire: until a file is deleted.
    """

    old_versions: int
    colder: int | None = None
    colder_class: str = "STANDARD_IA"
    expire: int | None = None


class PrivateBucket(ComponentResource):
    """Encrypted, versioned, reached over TLS alone and never by the public; its owner owns every file in it.

    Attributes:
        bucket: the bucket.
        arn: of the bucket.
        writable: its name, once its policy lets in whoever may write: services that deliver logs try it at once.
    """

    def __init__(
        self,
        name: str,
        lifecycle: Lifecycle,
        *,
        keep: bool,
        key_arn: Input[str] | None,
        log_bucket: Input[str] | None = None,
        statements: Sequence[Statement] = (),
        upload_origins: Sequence[str] = (),
        opts: ResourceOptions | None = None,
    ) -> None:
        """`keep`: it outlives the stack. Without `key_arn` Amazon's own key encrypts, which services that deliver logs
        need. `log_bucket` is told of each access. `statements` are added to the policy, with `*` for this bucket's
        files.
        """
        super().__init__("archive:aws:PrivateBucket", name, None, opts)
        self._name = name
        # What closes a bucket has to outlive the stack as the bucket does
        self._child = ResourceOptions(parent=self, retain_on_delete=keep)
        self.bucket = aws.s3.Bucket(name, force_destroy=not keep, opts=self._child)
        self.arn = self.bucket.arn
        self.writable = self._close(statements)
        self._encrypt(key_arn)
        self._live_and_die(lifecycle)
        # To EventBridge, where whoever wants to be told of files makes a rule; it costs nothing until there is one
        aws.s3.BucketNotification(name, bucket=self.bucket.id, eventbridge=True, opts=self._child)
        if log_bucket is not None:
            aws.s3.BucketLogging(
                name, bucket=self.bucket.id, target_bucket=log_bucket, target_prefix=f"s3/{name}/", opts=self._child
            )
        if upload_origins:
            self._take_uploads_of(upload_origins)
        self.register_outputs({"bucket": self.bucket.id, "arn": self.arn})

    def _close(self, statements: Sequence[Statement]) -> Output[str]:
        closed = aws.s3.BucketPublicAccessBlock(
            self._name,
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        aws.s3.BucketOwnershipControls(
            self._name,
            bucket=self.bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._child,
        )
        everything = [self.arn, self._files]
        here = [{**statement, "Resource": [self._files]} for statement in statements]
        policy = aws.s3.BucketPolicy(
            self._name,
            bucket=self.bucket.id,
            policy=document(
                {
                    "Sid": "TlsAlone",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": everything,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                *here,
            ),
            # S3 refuses one of two changes of a bucket's access at a time (OperationAborted)
            opts=ResourceOptions.merge(self._child, ResourceOptions(depends_on=[closed])),
        )
        # Of both: whoever uses it refers to the bucket, and waits for the policy
        return Output.all(self.bucket.id, policy.id).apply(lambda known: known[0])

    @property
    def _files(self) -> Output[str]:
        return Output.concat(self.arn, "/*")

    def _encrypt(self, key_arn: Input[str] | None) -> None:
        by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="AES256" if key_arn is None else "aws:kms", kms_master_key_id=key_arn
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=self.bucket.id,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=by_default,
                    bucket_key_enabled=True,  # or KMS is asked, and paid, for each file
                )
            ],
            opts=self._child,
        )

    def _live_and_die(self, lifecycle: Lifecycle) -> None:
        versioning = aws.s3.BucketVersioning(
            self._name,
            bucket=self.bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._child,
        )
        aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=self.bucket.id,
            rules=[_rule(lifecycle)],
            opts=ResourceOptions.merge(self._child, ResourceOptions(depends_on=[versioning])),
        )

    def _take_uploads_of(self, origins: Sequence[str]) -> None:
        rule = aws.s3.BucketCorsConfigurationCorsRuleArgs(
            allowed_methods=["PUT", "POST"],
            allowed_origins=list(origins),
            allowed_headers=["content-type", "content-md5"],
            expose_headers=["etag"],
            max_age_seconds=CORS_SECONDS,
        )
        aws.s3.BucketCorsConfiguration(self._name, bucket=self.bucket.id, cors_rules=[rule], opts=self._child)


def _rule(lifecycle: Lifecycle) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    transitions = [
        aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(days=days, storage_class=lifecycle.colder_class)
        for days in (lifecycle.colder,)
        if days is not None
    ]
    expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=lifecycle.expire)
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="age",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=transitions or None,
        expiration=expiration if lifecycle.expire is not None else None,
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=lifecycle.old_versions
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=UPLOAD_DAYS
        ),
    )
