package io.qtasks.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * For everybody who submits, follows or steers tasks. Any broker replica answers
 * any call. Errors are gRPC statuses with a `google.rpc.ErrorInfo` (domain
 * `qtasks`): its reason is for programs, the message says what to do.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class TaskServiceGrpc {

  private TaskServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "qtasks.v1.TaskService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.SubmitRequest,
      io.qtasks.v1.SubmitResponse> getSubmitMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Submit",
      requestType = io.qtasks.v1.SubmitRequest.class,
      responseType = io.qtasks.v1.SubmitResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.SubmitRequest,
      io.qtasks.v1.SubmitResponse> getSubmitMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.SubmitRequest, io.qtasks.v1.SubmitResponse> getSubmitMethod;
    if ((getSubmitMethod = TaskServiceGrpc.getSubmitMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getSubmitMethod = TaskServiceGrpc.getSubmitMethod) == null) {
          TaskServiceGrpc.getSubmitMethod = getSubmitMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.SubmitRequest, io.qtasks.v1.SubmitResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Submit"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SubmitRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SubmitResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Submit"))
              .build();
        }
      }
    }
    return getSubmitMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.RunRequest,
      io.qtasks.v1.RunResponse> getRunMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Run",
      requestType = io.qtasks.v1.RunRequest.class,
      responseType = io.qtasks.v1.RunResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.RunRequest,
      io.qtasks.v1.RunResponse> getRunMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.RunRequest, io.qtasks.v1.RunResponse> getRunMethod;
    if ((getRunMethod = TaskServiceGrpc.getRunMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getRunMethod = TaskServiceGrpc.getRunMethod) == null) {
          TaskServiceGrpc.getRunMethod = getRunMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.RunRequest, io.qtasks.v1.RunResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Run"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.RunRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.RunResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Run"))
              .build();
        }
      }
    }
    return getRunMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.GetRequest,
      io.qtasks.v1.GetResponse> getGetMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Get",
      requestType = io.qtasks.v1.GetRequest.class,
      responseType = io.qtasks.v1.GetResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.GetRequest,
      io.qtasks.v1.GetResponse> getGetMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.GetRequest, io.qtasks.v1.GetResponse> getGetMethod;
    if ((getGetMethod = TaskServiceGrpc.getGetMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getGetMethod = TaskServiceGrpc.getGetMethod) == null) {
          TaskServiceGrpc.getGetMethod = getGetMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.GetRequest, io.qtasks.v1.GetResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Get"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.GetRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.GetResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Get"))
              .build();
        }
      }
    }
    return getGetMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.ExplainRequest,
      io.qtasks.v1.ExplainResponse> getExplainMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Explain",
      requestType = io.qtasks.v1.ExplainRequest.class,
      responseType = io.qtasks.v1.ExplainResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.ExplainRequest,
      io.qtasks.v1.ExplainResponse> getExplainMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.ExplainRequest, io.qtasks.v1.ExplainResponse> getExplainMethod;
    if ((getExplainMethod = TaskServiceGrpc.getExplainMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getExplainMethod = TaskServiceGrpc.getExplainMethod) == null) {
          TaskServiceGrpc.getExplainMethod = getExplainMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.ExplainRequest, io.qtasks.v1.ExplainResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Explain"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ExplainRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ExplainResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Explain"))
              .build();
        }
      }
    }
    return getExplainMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.ListRequest,
      io.qtasks.v1.ListResponse> getListMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "List",
      requestType = io.qtasks.v1.ListRequest.class,
      responseType = io.qtasks.v1.ListResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.ListRequest,
      io.qtasks.v1.ListResponse> getListMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.ListRequest, io.qtasks.v1.ListResponse> getListMethod;
    if ((getListMethod = TaskServiceGrpc.getListMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getListMethod = TaskServiceGrpc.getListMethod) == null) {
          TaskServiceGrpc.getListMethod = getListMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.ListRequest, io.qtasks.v1.ListResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "List"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ListRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ListResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("List"))
              .build();
        }
      }
    }
    return getListMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.WatchRequest,
      io.qtasks.v1.WatchResponse> getWatchMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Watch",
      requestType = io.qtasks.v1.WatchRequest.class,
      responseType = io.qtasks.v1.WatchResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.WatchRequest,
      io.qtasks.v1.WatchResponse> getWatchMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.WatchRequest, io.qtasks.v1.WatchResponse> getWatchMethod;
    if ((getWatchMethod = TaskServiceGrpc.getWatchMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getWatchMethod = TaskServiceGrpc.getWatchMethod) == null) {
          TaskServiceGrpc.getWatchMethod = getWatchMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.WatchRequest, io.qtasks.v1.WatchResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Watch"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.WatchRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.WatchResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Watch"))
              .build();
        }
      }
    }
    return getWatchMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.SubscribeRequest,
      io.qtasks.v1.SubscribeResponse> getSubscribeMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Subscribe",
      requestType = io.qtasks.v1.SubscribeRequest.class,
      responseType = io.qtasks.v1.SubscribeResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.SubscribeRequest,
      io.qtasks.v1.SubscribeResponse> getSubscribeMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.SubscribeRequest, io.qtasks.v1.SubscribeResponse> getSubscribeMethod;
    if ((getSubscribeMethod = TaskServiceGrpc.getSubscribeMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getSubscribeMethod = TaskServiceGrpc.getSubscribeMethod) == null) {
          TaskServiceGrpc.getSubscribeMethod = getSubscribeMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.SubscribeRequest, io.qtasks.v1.SubscribeResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Subscribe"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SubscribeRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SubscribeResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Subscribe"))
              .build();
        }
      }
    }
    return getSubscribeMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.CancelRequest,
      io.qtasks.v1.CancelResponse> getCancelMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Cancel",
      requestType = io.qtasks.v1.CancelRequest.class,
      responseType = io.qtasks.v1.CancelResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.CancelRequest,
      io.qtasks.v1.CancelResponse> getCancelMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.CancelRequest, io.qtasks.v1.CancelResponse> getCancelMethod;
    if ((getCancelMethod = TaskServiceGrpc.getCancelMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getCancelMethod = TaskServiceGrpc.getCancelMethod) == null) {
          TaskServiceGrpc.getCancelMethod = getCancelMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.CancelRequest, io.qtasks.v1.CancelResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Cancel"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.CancelRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.CancelResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Cancel"))
              .build();
        }
      }
    }
    return getCancelMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.ReplyRequest,
      io.qtasks.v1.ReplyResponse> getReplyMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Reply",
      requestType = io.qtasks.v1.ReplyRequest.class,
      responseType = io.qtasks.v1.ReplyResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.ReplyRequest,
      io.qtasks.v1.ReplyResponse> getReplyMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.ReplyRequest, io.qtasks.v1.ReplyResponse> getReplyMethod;
    if ((getReplyMethod = TaskServiceGrpc.getReplyMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getReplyMethod = TaskServiceGrpc.getReplyMethod) == null) {
          TaskServiceGrpc.getReplyMethod = getReplyMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.ReplyRequest, io.qtasks.v1.ReplyResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Reply"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ReplyRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ReplyResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Reply"))
              .build();
        }
      }
    }
    return getReplyMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.RequeueRequest,
      io.qtasks.v1.RequeueResponse> getRequeueMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Requeue",
      requestType = io.qtasks.v1.RequeueRequest.class,
      responseType = io.qtasks.v1.RequeueResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.RequeueRequest,
      io.qtasks.v1.RequeueResponse> getRequeueMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.RequeueRequest, io.qtasks.v1.RequeueResponse> getRequeueMethod;
    if ((getRequeueMethod = TaskServiceGrpc.getRequeueMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getRequeueMethod = TaskServiceGrpc.getRequeueMethod) == null) {
          TaskServiceGrpc.getRequeueMethod = getRequeueMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.RequeueRequest, io.qtasks.v1.RequeueResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Requeue"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.RequeueRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.RequeueResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Requeue"))
              .build();
        }
      }
    }
    return getRequeueMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.KeepRequest,
      io.qtasks.v1.KeepResponse> getKeepMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Keep",
      requestType = io.qtasks.v1.KeepRequest.class,
      responseType = io.qtasks.v1.KeepResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.KeepRequest,
      io.qtasks.v1.KeepResponse> getKeepMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.KeepRequest, io.qtasks.v1.KeepResponse> getKeepMethod;
    if ((getKeepMethod = TaskServiceGrpc.getKeepMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getKeepMethod = TaskServiceGrpc.getKeepMethod) == null) {
          TaskServiceGrpc.getKeepMethod = getKeepMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.KeepRequest, io.qtasks.v1.KeepResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Keep"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.KeepRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.KeepResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Keep"))
              .build();
        }
      }
    }
    return getKeepMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.DeleteRequest,
      io.qtasks.v1.DeleteResponse> getDeleteMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Delete",
      requestType = io.qtasks.v1.DeleteRequest.class,
      responseType = io.qtasks.v1.DeleteResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.DeleteRequest,
      io.qtasks.v1.DeleteResponse> getDeleteMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.DeleteRequest, io.qtasks.v1.DeleteResponse> getDeleteMethod;
    if ((getDeleteMethod = TaskServiceGrpc.getDeleteMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getDeleteMethod = TaskServiceGrpc.getDeleteMethod) == null) {
          TaskServiceGrpc.getDeleteMethod = getDeleteMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.DeleteRequest, io.qtasks.v1.DeleteResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Delete"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.DeleteRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.DeleteResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Delete"))
              .build();
        }
      }
    }
    return getDeleteMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.FlushRequest,
      io.qtasks.v1.FlushResponse> getFlushMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Flush",
      requestType = io.qtasks.v1.FlushRequest.class,
      responseType = io.qtasks.v1.FlushResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.FlushRequest,
      io.qtasks.v1.FlushResponse> getFlushMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.FlushRequest, io.qtasks.v1.FlushResponse> getFlushMethod;
    if ((getFlushMethod = TaskServiceGrpc.getFlushMethod) == null) {
      synchronized (TaskServiceGrpc.class) {
        if ((getFlushMethod = TaskServiceGrpc.getFlushMethod) == null) {
          TaskServiceGrpc.getFlushMethod = getFlushMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.FlushRequest, io.qtasks.v1.FlushResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Flush"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.FlushRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.FlushResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TaskServiceMethodDescriptorSupplier("Flush"))
              .build();
        }
      }
    }
    return getFlushMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static TaskServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TaskServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TaskServiceStub>() {
        @java.lang.Override
        public TaskServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TaskServiceStub(channel, callOptions);
        }
      };
    return TaskServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static TaskServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TaskServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TaskServiceBlockingV2Stub>() {
        @java.lang.Override
        public TaskServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TaskServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return TaskServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static TaskServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TaskServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TaskServiceBlockingStub>() {
        @java.lang.Override
        public TaskServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TaskServiceBlockingStub(channel, callOptions);
        }
      };
    return TaskServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static TaskServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TaskServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TaskServiceFutureStub>() {
        @java.lang.Override
        public TaskServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TaskServiceFutureStub(channel, callOptions);
        }
      };
    return TaskServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * For everybody who submits, follows or steers tasks. Any broker replica answers
   * any call. Errors are gRPC statuses with a `google.rpc.ErrorInfo` (domain
   * `qtasks`): its reason is for programs, the message says what to do.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Store tasks. When it returns, each accepted task survives the death of every
     * process, as far as the storage promises. One bad task does not spoil the
     * others: each gets a receipt of its own, in order. Safe to repeat when the
     * tasks carry ids or idempotency keys.
     * </pre>
     */
    default void submit(io.qtasks.v1.SubmitRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.SubmitResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getSubmitMethod(), responseObserver);
    }

    /**
     * <pre>
     * Submit one task and follow it to its end. Ending the call does not end the
     * task, unless `cancel_on_disconnect` is set. To go on after a broken stream,
     * call `Watch` with the last `seq` seen.
     * </pre>
     */
    default void run(io.qtasks.v1.RunRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.RunResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRunMethod(), responseObserver);
    }

    /**
     * <pre>
     * The status of a task, at once or when it has ended. With `wait` the answer
     * comes when the task ends or the wait is over, whichever is first.
     * </pre>
     */
    default void get(io.qtasks.v1.GetRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.GetResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetMethod(), responseObserver);
    }

    /**
     * <pre>
     * Why a task does not run, or what it does: for a person who waits for it, and for
     * programs that alert one. As of now, by what all brokers know.
     * </pre>
     */
    default void explain(io.qtasks.v1.ExplainRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ExplainResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getExplainMethod(), responseObserver);
    }

    /**
     * <pre>
     * Tasks that match, newest first, in pages. A page may be shorter than asked
     * for, even empty, while `next_page_token` is set.
     * </pre>
     */
    default void list(io.qtasks.v1.ListRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ListResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListMethod(), responseObserver);
    }

    /**
     * <pre>
     * Follow a task from a sequence number: what is kept first, then live. Each
     * event comes once and in order. The stream ends after `finished`. A number
     * beyond the last event waits for later ones.
     * </pre>
     */
    default void watch(io.qtasks.v1.WatchRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.WatchResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchMethod(), responseObserver);
    }

    /**
     * <pre>
     * Follow many tasks over one stream, for programs with many of them in flight:
     * tasks are added, submitted and removed at any time.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<io.qtasks.v1.SubscribeRequest> subscribe(
        io.grpc.stub.StreamObserver<io.qtasks.v1.SubscribeResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getSubscribeMethod(), responseObserver);
    }

    /**
     * <pre>
     * End tasks. A waiting one becomes CANCEL at once; a running one is told, and
     * becomes CANCEL when its worker says so or is lost.
     * </pre>
     */
    default void cancel(io.qtasks.v1.CancelRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.CancelResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCancelMethod(), responseObserver);
    }

    /**
     * <pre>
     * Answer a question that a running task asked. The first answer counts; later
     * ones are refused with FAILED_PRECONDITION.
     * </pre>
     */
    default void reply(io.qtasks.v1.ReplyRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ReplyResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getReplyMethod(), responseObserver);
    }

    /**
     * <pre>
     * Run ended tasks again, under the same id, from a fresh first attempt. Their
     * events go on from the last number.
     * </pre>
     */
    default void requeue(io.qtasks.v1.RequeueRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.RequeueResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRequeueMethod(), responseObserver);
    }

    /**
     * <pre>
     * Keep the records of ended tasks for another time than they were submitted with.
     * </pre>
     */
    default void keep(io.qtasks.v1.KeepRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.KeepResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getKeepMethod(), responseObserver);
    }

    /**
     * <pre>
     * Forget tasks that are not running: records, results and events.
     * </pre>
     */
    default void delete(io.qtasks.v1.DeleteRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.DeleteResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteMethod(), responseObserver);
    }

    /**
     * <pre>
     * Forget everything of an app but its workers: tasks, schedules, variables. Waiting
     * tasks are cancelled first, running ones are told to stop and forgotten when they
     * have, within the time given.
     * </pre>
     */
    default void flush(io.qtasks.v1.FlushRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.FlushResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getFlushMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service TaskService.
   * <pre>
   * For everybody who submits, follows or steers tasks. Any broker replica answers
   * any call. Errors are gRPC statuses with a `google.rpc.ErrorInfo` (domain
   * `qtasks`): its reason is for programs, the message says what to do.
   * </pre>
   */
  public static abstract class TaskServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return TaskServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service TaskService.
   * <pre>
   * For everybody who submits, follows or steers tasks. Any broker replica answers
   * any call. Errors are gRPC statuses with a `google.rpc.ErrorInfo` (domain
   * `qtasks`): its reason is for programs, the message says what to do.
   * </pre>
   */
  public static final class TaskServiceStub
      extends io.grpc.stub.AbstractAsyncStub<TaskServiceStub> {
    private TaskServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TaskServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TaskServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Store tasks. When it returns, each accepted task survives the death of every
     * process, as far as the storage promises. One bad task does not spoil the
     * others: each gets a receipt of its own, in order. Safe to repeat when the
     * tasks carry ids or idempotency keys.
     * </pre>
     */
    public void submit(io.qtasks.v1.SubmitRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.SubmitResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getSubmitMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Submit one task and follow it to its end. Ending the call does not end the
     * task, unless `cancel_on_disconnect` is set. To go on after a broken stream,
     * call `Watch` with the last `seq` seen.
     * </pre>
     */
    public void run(io.qtasks.v1.RunRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.RunResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getRunMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The status of a task, at once or when it has ended. With `wait` the answer
     * comes when the task ends or the wait is over, whichever is first.
     * </pre>
     */
    public void get(io.qtasks.v1.GetRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.GetResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Why a task does not run, or what it does: for a person who waits for it, and for
     * programs that alert one. As of now, by what all brokers know.
     * </pre>
     */
    public void explain(io.qtasks.v1.ExplainRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ExplainResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getExplainMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Tasks that match, newest first, in pages. A page may be shorter than asked
     * for, even empty, while `next_page_token` is set.
     * </pre>
     */
    public void list(io.qtasks.v1.ListRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ListResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Follow a task from a sequence number: what is kept first, then live. Each
     * event comes once and in order. The stream ends after `finished`. A number
     * beyond the last event waits for later ones.
     * </pre>
     */
    public void watch(io.qtasks.v1.WatchRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.WatchResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Follow many tasks over one stream, for programs with many of them in flight:
     * tasks are added, submitted and removed at any time.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<io.qtasks.v1.SubscribeRequest> subscribe(
        io.grpc.stub.StreamObserver<io.qtasks.v1.SubscribeResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getSubscribeMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * End tasks. A waiting one becomes CANCEL at once; a running one is told, and
     * becomes CANCEL when its worker says so or is lost.
     * </pre>
     */
    public void cancel(io.qtasks.v1.CancelRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.CancelResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCancelMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Answer a question that a running task asked. The first answer counts; later
     * ones are refused with FAILED_PRECONDITION.
     * </pre>
     */
    public void reply(io.qtasks.v1.ReplyRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ReplyResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getReplyMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Run ended tasks again, under the same id, from a fresh first attempt. Their
     * events go on from the last number.
     * </pre>
     */
    public void requeue(io.qtasks.v1.RequeueRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.RequeueResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRequeueMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Keep the records of ended tasks for another time than they were submitted with.
     * </pre>
     */
    public void keep(io.qtasks.v1.KeepRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.KeepResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getKeepMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Forget tasks that are not running: records, results and events.
     * </pre>
     */
    public void delete(io.qtasks.v1.DeleteRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.DeleteResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Forget everything of an app but its workers: tasks, schedules, variables. Waiting
     * tasks are cancelled first, running ones are told to stop and forgotten when they
     * have, within the time given.
     * </pre>
     */
    public void flush(io.qtasks.v1.FlushRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.FlushResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getFlushMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service TaskService.
   * <pre>
   * For everybody who submits, follows or steers tasks. Any broker replica answers
   * any call. Errors are gRPC statuses with a `google.rpc.ErrorInfo` (domain
   * `qtasks`): its reason is for programs, the message says what to do.
   * </pre>
   */
  public static final class TaskServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<TaskServiceBlockingV2Stub> {
    private TaskServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TaskServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TaskServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Store tasks. When it returns, each accepted task survives the death of every
     * process, as far as the storage promises. One bad task does not spoil the
     * others: each gets a receipt of its own, in order. Safe to repeat when the
     * tasks carry ids or idempotency keys.
     * </pre>
     */
    public io.qtasks.v1.SubmitResponse submit(io.qtasks.v1.SubmitRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getSubmitMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Submit one task and follow it to its end. Ending the call does not end the
     * task, unless `cancel_on_disconnect` is set. To go on after a broken stream,
     * call `Watch` with the last `seq` seen.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, io.qtasks.v1.RunResponse>
        run(io.qtasks.v1.RunRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getRunMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The status of a task, at once or when it has ended. With `wait` the answer
     * comes when the task ends or the wait is over, whichever is first.
     * </pre>
     */
    public io.qtasks.v1.GetResponse get(io.qtasks.v1.GetRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Why a task does not run, or what it does: for a person who waits for it, and for
     * programs that alert one. As of now, by what all brokers know.
     * </pre>
     */
    public io.qtasks.v1.ExplainResponse explain(io.qtasks.v1.ExplainRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getExplainMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tasks that match, newest first, in pages. A page may be shorter than asked
     * for, even empty, while `next_page_token` is set.
     * </pre>
     */
    public io.qtasks.v1.ListResponse list(io.qtasks.v1.ListRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Follow a task from a sequence number: what is kept first, then live. Each
     * event comes once and in order. The stream ends after `finished`. A number
     * beyond the last event waits for later ones.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, io.qtasks.v1.WatchResponse>
        watch(io.qtasks.v1.WatchRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Follow many tasks over one stream, for programs with many of them in flight:
     * tasks are added, submitted and removed at any time.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<io.qtasks.v1.SubscribeRequest, io.qtasks.v1.SubscribeResponse>
        subscribe() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getSubscribeMethod(), getCallOptions());
    }

    /**
     * <pre>
     * End tasks. A waiting one becomes CANCEL at once; a running one is told, and
     * becomes CANCEL when its worker says so or is lost.
     * </pre>
     */
    public io.qtasks.v1.CancelResponse cancel(io.qtasks.v1.CancelRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCancelMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Answer a question that a running task asked. The first answer counts; later
     * ones are refused with FAILED_PRECONDITION.
     * </pre>
     */
    public io.qtasks.v1.ReplyResponse reply(io.qtasks.v1.ReplyRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getReplyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Run ended tasks again, under the same id, from a fresh first attempt. Their
     * events go on from the last number.
     * </pre>
     */
    public io.qtasks.v1.RequeueResponse requeue(io.qtasks.v1.RequeueRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRequeueMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Keep the records of ended tasks for another time than they were submitted with.
     * </pre>
     */
    public io.qtasks.v1.KeepResponse keep(io.qtasks.v1.KeepRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getKeepMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Forget tasks that are not running: records, results and events.
     * </pre>
     */
    public io.qtasks.v1.DeleteResponse delete(io.qtasks.v1.DeleteRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Forget everything of an app but its workers: tasks, schedules, variables. Waiting
     * tasks are cancelled first, running ones are told to stop and forgotten when they
     * have, within the time given.
     * </pre>
     */
    public io.qtasks.v1.FlushResponse flush(io.qtasks.v1.FlushRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getFlushMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service TaskService.
   * <pre>
   * For everybody who submits, follows or steers tasks. Any broker replica answers
   * any call. Errors are gRPC statuses with a `google.rpc.ErrorInfo` (domain
   * `qtasks`): its reason is for programs, the message says what to do.
   * </pre>
   */
  public static final class TaskServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<TaskServiceBlockingStub> {
    private TaskServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TaskServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TaskServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Store tasks. When it returns, each accepted task survives the death of every
     * process, as far as the storage promises. One bad task does not spoil the
     * others: each gets a receipt of its own, in order. Safe to repeat when the
     * tasks carry ids or idempotency keys.
     * </pre>
     */
    public io.qtasks.v1.SubmitResponse submit(io.qtasks.v1.SubmitRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getSubmitMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Submit one task and follow it to its end. Ending the call does not end the
     * task, unless `cancel_on_disconnect` is set. To go on after a broken stream,
     * call `Watch` with the last `seq` seen.
     * </pre>
     */
    public java.util.Iterator<io.qtasks.v1.RunResponse> run(
        io.qtasks.v1.RunRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getRunMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The status of a task, at once or when it has ended. With `wait` the answer
     * comes when the task ends or the wait is over, whichever is first.
     * </pre>
     */
    public io.qtasks.v1.GetResponse get(io.qtasks.v1.GetRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Why a task does not run, or what it does: for a person who waits for it, and for
     * programs that alert one. As of now, by what all brokers know.
     * </pre>
     */
    public io.qtasks.v1.ExplainResponse explain(io.qtasks.v1.ExplainRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getExplainMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Tasks that match, newest first, in pages. A page may be shorter than asked
     * for, even empty, while `next_page_token` is set.
     * </pre>
     */
    public io.qtasks.v1.ListResponse list(io.qtasks.v1.ListRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Follow a task from a sequence number: what is kept first, then live. Each
     * event comes once and in order. The stream ends after `finished`. A number
     * beyond the last event waits for later ones.
     * </pre>
     */
    public java.util.Iterator<io.qtasks.v1.WatchResponse> watch(
        io.qtasks.v1.WatchRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * End tasks. A waiting one becomes CANCEL at once; a running one is told, and
     * becomes CANCEL when its worker says so or is lost.
     * </pre>
     */
    public io.qtasks.v1.CancelResponse cancel(io.qtasks.v1.CancelRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCancelMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Answer a question that a running task asked. The first answer counts; later
     * ones are refused with FAILED_PRECONDITION.
     * </pre>
     */
    public io.qtasks.v1.ReplyResponse reply(io.qtasks.v1.ReplyRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getReplyMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Run ended tasks again, under the same id, from a fresh first attempt. Their
     * events go on from the last number.
     * </pre>
     */
    public io.qtasks.v1.RequeueResponse requeue(io.qtasks.v1.RequeueRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRequeueMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Keep the records of ended tasks for another time than they were submitted with.
     * </pre>
     */
    public io.qtasks.v1.KeepResponse keep(io.qtasks.v1.KeepRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getKeepMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Forget tasks that are not running: records, results and events.
     * </pre>
     */
    public io.qtasks.v1.DeleteResponse delete(io.qtasks.v1.DeleteRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Forget everything of an app but its workers: tasks, schedules, variables. Waiting
     * tasks are cancelled first, running ones are told to stop and forgotten when they
     * have, within the time given.
     * </pre>
     */
    public io.qtasks.v1.FlushResponse flush(io.qtasks.v1.FlushRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getFlushMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service TaskService.
   * <pre>
   * For everybody who submits, follows or steers tasks. Any broker replica answers
   * any call. Errors are gRPC statuses with a `google.rpc.ErrorInfo` (domain
   * `qtasks`): its reason is for programs, the message says what to do.
   * </pre>
   */
  public static final class TaskServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<TaskServiceFutureStub> {
    private TaskServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TaskServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TaskServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Store tasks. When it returns, each accepted task survives the death of every
     * process, as far as the storage promises. One bad task does not spoil the
     * others: each gets a receipt of its own, in order. Safe to repeat when the
     * tasks carry ids or idempotency keys.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.SubmitResponse> submit(
        io.qtasks.v1.SubmitRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getSubmitMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The status of a task, at once or when it has ended. With `wait` the answer
     * comes when the task ends or the wait is over, whichever is first.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.GetResponse> get(
        io.qtasks.v1.GetRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Why a task does not run, or what it does: for a person who waits for it, and for
     * programs that alert one. As of now, by what all brokers know.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.ExplainResponse> explain(
        io.qtasks.v1.ExplainRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getExplainMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Tasks that match, newest first, in pages. A page may be shorter than asked
     * for, even empty, while `next_page_token` is set.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.ListResponse> list(
        io.qtasks.v1.ListRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * End tasks. A waiting one becomes CANCEL at once; a running one is told, and
     * becomes CANCEL when its worker says so or is lost.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.CancelResponse> cancel(
        io.qtasks.v1.CancelRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCancelMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Answer a question that a running task asked. The first answer counts; later
     * ones are refused with FAILED_PRECONDITION.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.ReplyResponse> reply(
        io.qtasks.v1.ReplyRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getReplyMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Run ended tasks again, under the same id, from a fresh first attempt. Their
     * events go on from the last number.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.RequeueResponse> requeue(
        io.qtasks.v1.RequeueRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRequeueMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Keep the records of ended tasks for another time than they were submitted with.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.KeepResponse> keep(
        io.qtasks.v1.KeepRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getKeepMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Forget tasks that are not running: records, results and events.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.DeleteResponse> delete(
        io.qtasks.v1.DeleteRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Forget everything of an app but its workers: tasks, schedules, variables. Waiting
     * tasks are cancelled first, running ones are told to stop and forgotten when they
     * have, within the time given.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.FlushResponse> flush(
        io.qtasks.v1.FlushRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getFlushMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_SUBMIT = 0;
  private static final int METHODID_RUN = 1;
  private static final int METHODID_GET = 2;
  private static final int METHODID_EXPLAIN = 3;
  private static final int METHODID_LIST = 4;
  private static final int METHODID_WATCH = 5;
  private static final int METHODID_CANCEL = 6;
  private static final int METHODID_REPLY = 7;
  private static final int METHODID_REQUEUE = 8;
  private static final int METHODID_KEEP = 9;
  private static final int METHODID_DELETE = 10;
  private static final int METHODID_FLUSH = 11;
  private static final int METHODID_SUBSCRIBE = 12;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_SUBMIT:
          serviceImpl.submit((io.qtasks.v1.SubmitRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.SubmitResponse>) responseObserver);
          break;
        case METHODID_RUN:
          serviceImpl.run((io.qtasks.v1.RunRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.RunResponse>) responseObserver);
          break;
        case METHODID_GET:
          serviceImpl.get((io.qtasks.v1.GetRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.GetResponse>) responseObserver);
          break;
        case METHODID_EXPLAIN:
          serviceImpl.explain((io.qtasks.v1.ExplainRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.ExplainResponse>) responseObserver);
          break;
        case METHODID_LIST:
          serviceImpl.list((io.qtasks.v1.ListRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.ListResponse>) responseObserver);
          break;
        case METHODID_WATCH:
          serviceImpl.watch((io.qtasks.v1.WatchRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.WatchResponse>) responseObserver);
          break;
        case METHODID_CANCEL:
          serviceImpl.cancel((io.qtasks.v1.CancelRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.CancelResponse>) responseObserver);
          break;
        case METHODID_REPLY:
          serviceImpl.reply((io.qtasks.v1.ReplyRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.ReplyResponse>) responseObserver);
          break;
        case METHODID_REQUEUE:
          serviceImpl.requeue((io.qtasks.v1.RequeueRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.RequeueResponse>) responseObserver);
          break;
        case METHODID_KEEP:
          serviceImpl.keep((io.qtasks.v1.KeepRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.KeepResponse>) responseObserver);
          break;
        case METHODID_DELETE:
          serviceImpl.delete((io.qtasks.v1.DeleteRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.DeleteResponse>) responseObserver);
          break;
        case METHODID_FLUSH:
          serviceImpl.flush((io.qtasks.v1.FlushRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.FlushResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_SUBSCRIBE:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.subscribe(
              (io.grpc.stub.StreamObserver<io.qtasks.v1.SubscribeResponse>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getSubmitMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.SubmitRequest,
              io.qtasks.v1.SubmitResponse>(
                service, METHODID_SUBMIT)))
        .addMethod(
          getRunMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              io.qtasks.v1.RunRequest,
              io.qtasks.v1.RunResponse>(
                service, METHODID_RUN)))
        .addMethod(
          getGetMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.GetRequest,
              io.qtasks.v1.GetResponse>(
                service, METHODID_GET)))
        .addMethod(
          getExplainMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.ExplainRequest,
              io.qtasks.v1.ExplainResponse>(
                service, METHODID_EXPLAIN)))
        .addMethod(
          getListMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.ListRequest,
              io.qtasks.v1.ListResponse>(
                service, METHODID_LIST)))
        .addMethod(
          getWatchMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              io.qtasks.v1.WatchRequest,
              io.qtasks.v1.WatchResponse>(
                service, METHODID_WATCH)))
        .addMethod(
          getSubscribeMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              io.qtasks.v1.SubscribeRequest,
              io.qtasks.v1.SubscribeResponse>(
                service, METHODID_SUBSCRIBE)))
        .addMethod(
          getCancelMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.CancelRequest,
              io.qtasks.v1.CancelResponse>(
                service, METHODID_CANCEL)))
        .addMethod(
          getReplyMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.ReplyRequest,
              io.qtasks.v1.ReplyResponse>(
                service, METHODID_REPLY)))
        .addMethod(
          getRequeueMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.RequeueRequest,
              io.qtasks.v1.RequeueResponse>(
                service, METHODID_REQUEUE)))
        .addMethod(
          getKeepMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.KeepRequest,
              io.qtasks.v1.KeepResponse>(
                service, METHODID_KEEP)))
        .addMethod(
          getDeleteMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.DeleteRequest,
              io.qtasks.v1.DeleteResponse>(
                service, METHODID_DELETE)))
        .addMethod(
          getFlushMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.FlushRequest,
              io.qtasks.v1.FlushResponse>(
                service, METHODID_FLUSH)))
        .build();
  }

  private static abstract class TaskServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    TaskServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.qtasks.v1.TaskServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("TaskService");
    }
  }

  private static final class TaskServiceFileDescriptorSupplier
      extends TaskServiceBaseDescriptorSupplier {
    TaskServiceFileDescriptorSupplier() {}
  }

  private static final class TaskServiceMethodDescriptorSupplier
      extends TaskServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    TaskServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (TaskServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new TaskServiceFileDescriptorSupplier())
              .addMethod(getSubmitMethod())
              .addMethod(getRunMethod())
              .addMethod(getGetMethod())
              .addMethod(getExplainMethod())
              .addMethod(getListMethod())
              .addMethod(getWatchMethod())
              .addMethod(getSubscribeMethod())
              .addMethod(getCancelMethod())
              .addMethod(getReplyMethod())
              .addMethod(getRequeueMethod())
              .addMethod(getKeepMethod())
              .addMethod(getDeleteMethod())
              .addMethod(getFlushMethod())
              .build();
        }
      }
    }
    return result;
  }
}
