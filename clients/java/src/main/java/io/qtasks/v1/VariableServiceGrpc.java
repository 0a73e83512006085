package io.qtasks.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * For settings and state that an app's processes share: named values in named spaces,
 * kept with the tasks. Answered with or without a live worker. For small things: a value
 * has at most 256 KiB, a space is read as a whole.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class VariableServiceGrpc {

  private VariableServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "qtasks.v1.VariableService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.GetVariablesRequest,
      io.qtasks.v1.GetVariablesResponse> getGetVariablesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetVariables",
      requestType = io.qtasks.v1.GetVariablesRequest.class,
      responseType = io.qtasks.v1.GetVariablesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.GetVariablesRequest,
      io.qtasks.v1.GetVariablesResponse> getGetVariablesMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.GetVariablesRequest, io.qtasks.v1.GetVariablesResponse> getGetVariablesMethod;
    if ((getGetVariablesMethod = VariableServiceGrpc.getGetVariablesMethod) == null) {
      synchronized (VariableServiceGrpc.class) {
        if ((getGetVariablesMethod = VariableServiceGrpc.getGetVariablesMethod) == null) {
          VariableServiceGrpc.getGetVariablesMethod = getGetVariablesMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.GetVariablesRequest, io.qtasks.v1.GetVariablesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetVariables"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.GetVariablesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.GetVariablesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VariableServiceMethodDescriptorSupplier("GetVariables"))
              .build();
        }
      }
    }
    return getGetVariablesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.SetVariablesRequest,
      io.qtasks.v1.SetVariablesResponse> getSetVariablesMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "SetVariables",
      requestType = io.qtasks.v1.SetVariablesRequest.class,
      responseType = io.qtasks.v1.SetVariablesResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.SetVariablesRequest,
      io.qtasks.v1.SetVariablesResponse> getSetVariablesMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.SetVariablesRequest, io.qtasks.v1.SetVariablesResponse> getSetVariablesMethod;
    if ((getSetVariablesMethod = VariableServiceGrpc.getSetVariablesMethod) == null) {
      synchronized (VariableServiceGrpc.class) {
        if ((getSetVariablesMethod = VariableServiceGrpc.getSetVariablesMethod) == null) {
          VariableServiceGrpc.getSetVariablesMethod = getSetVariablesMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.SetVariablesRequest, io.qtasks.v1.SetVariablesResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "SetVariables"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SetVariablesRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SetVariablesResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VariableServiceMethodDescriptorSupplier("SetVariables"))
              .build();
        }
      }
    }
    return getSetVariablesMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.SwapVariableRequest,
      io.qtasks.v1.SwapVariableResponse> getSwapVariableMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "SwapVariable",
      requestType = io.qtasks.v1.SwapVariableRequest.class,
      responseType = io.qtasks.v1.SwapVariableResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.SwapVariableRequest,
      io.qtasks.v1.SwapVariableResponse> getSwapVariableMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.SwapVariableRequest, io.qtasks.v1.SwapVariableResponse> getSwapVariableMethod;
    if ((getSwapVariableMethod = VariableServiceGrpc.getSwapVariableMethod) == null) {
      synchronized (VariableServiceGrpc.class) {
        if ((getSwapVariableMethod = VariableServiceGrpc.getSwapVariableMethod) == null) {
          VariableServiceGrpc.getSwapVariableMethod = getSwapVariableMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.SwapVariableRequest, io.qtasks.v1.SwapVariableResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "SwapVariable"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SwapVariableRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.SwapVariableResponse.getDefaultInstance()))
              .setSchemaDescriptor(new VariableServiceMethodDescriptorSupplier("SwapVariable"))
              .build();
        }
      }
    }
    return getSwapVariableMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static VariableServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VariableServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VariableServiceStub>() {
        @java.lang.Override
        public VariableServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VariableServiceStub(channel, callOptions);
        }
      };
    return VariableServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static VariableServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VariableServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VariableServiceBlockingV2Stub>() {
        @java.lang.Override
        public VariableServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VariableServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return VariableServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static VariableServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VariableServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VariableServiceBlockingStub>() {
        @java.lang.Override
        public VariableServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VariableServiceBlockingStub(channel, callOptions);
        }
      };
    return VariableServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static VariableServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<VariableServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<VariableServiceFutureStub>() {
        @java.lang.Override
        public VariableServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new VariableServiceFutureStub(channel, callOptions);
        }
      };
    return VariableServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * For settings and state that an app's processes share: named values in named spaces,
   * kept with the tasks. Answered with or without a live worker. For small things: a value
   * has at most 256 KiB, a space is read as a whole.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * The values of a space.
     * </pre>
     */
    default void getVariables(io.qtasks.v1.GetVariablesRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.GetVariablesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetVariablesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Set and remove values of a space, each by itself.
     * </pre>
     */
    default void setVariables(io.qtasks.v1.SetVariablesRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.SetVariablesResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getSetVariablesMethod(), responseObserver);
    }

    /**
     * <pre>
     * Set a value if it still is what the caller thinks it is: for changes that must not
     * get lost. Not done when it is not; then the answer says what it is.
     * </pre>
     */
    default void swapVariable(io.qtasks.v1.SwapVariableRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.SwapVariableResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getSwapVariableMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service VariableService.
   * <pre>
   * For settings and state that an app's processes share: named values in named spaces,
   * kept with the tasks. Answered with or without a live worker. For small things: a value
   * has at most 256 KiB, a space is read as a whole.
   * </pre>
   */
  public static abstract class VariableServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return VariableServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service VariableService.
   * <pre>
   * For settings and state that an app's processes share: named values in named spaces,
   * kept with the tasks. Answered with or without a live worker. For small things: a value
   * has at most 256 KiB, a space is read as a whole.
   * </pre>
   */
  public static final class VariableServiceStub
      extends io.grpc.stub.AbstractAsyncStub<VariableServiceStub> {
    private VariableServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VariableServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VariableServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * The values of a space.
     * </pre>
     */
    public void getVariables(io.qtasks.v1.GetVariablesRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.GetVariablesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetVariablesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Set and remove values of a space, each by itself.
     * </pre>
     */
    public void setVariables(io.qtasks.v1.SetVariablesRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.SetVariablesResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getSetVariablesMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Set a value if it still is what the caller thinks it is: for changes that must not
     * get lost. Not done when it is not; then the answer says what it is.
     * </pre>
     */
    public void swapVariable(io.qtasks.v1.SwapVariableRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.SwapVariableResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getSwapVariableMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service VariableService.
   * <pre>
   * For settings and state that an app's processes share: named values in named spaces,
   * kept with the tasks. Answered with or without a live worker. For small things: a value
   * has at most 256 KiB, a space is read as a whole.
   * </pre>
   */
  public static final class VariableServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<VariableServiceBlockingV2Stub> {
    private VariableServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VariableServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VariableServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * The values of a space.
     * </pre>
     */
    public io.qtasks.v1.GetVariablesResponse getVariables(io.qtasks.v1.GetVariablesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetVariablesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Set and remove values of a space, each by itself.
     * </pre>
     */
    public io.qtasks.v1.SetVariablesResponse setVariables(io.qtasks.v1.SetVariablesRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getSetVariablesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Set a value if it still is what the caller thinks it is: for changes that must not
     * get lost. Not done when it is not; then the answer says what it is.
     * </pre>
     */
    public io.qtasks.v1.SwapVariableResponse swapVariable(io.qtasks.v1.SwapVariableRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getSwapVariableMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service VariableService.
   * <pre>
   * For settings and state that an app's processes share: named values in named spaces,
   * kept with the tasks. Answered with or without a live worker. For small things: a value
   * has at most 256 KiB, a space is read as a whole.
   * </pre>
   */
  public static final class VariableServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<VariableServiceBlockingStub> {
    private VariableServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VariableServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VariableServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * The values of a space.
     * </pre>
     */
    public io.qtasks.v1.GetVariablesResponse getVariables(io.qtasks.v1.GetVariablesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetVariablesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Set and remove values of a space, each by itself.
     * </pre>
     */
    public io.qtasks.v1.SetVariablesResponse setVariables(io.qtasks.v1.SetVariablesRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getSetVariablesMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Set a value if it still is what the caller thinks it is: for changes that must not
     * get lost. Not done when it is not; then the answer says what it is.
     * </pre>
     */
    public io.qtasks.v1.SwapVariableResponse swapVariable(io.qtasks.v1.SwapVariableRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getSwapVariableMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service VariableService.
   * <pre>
   * For settings and state that an app's processes share: named values in named spaces,
   * kept with the tasks. Answered with or without a live worker. For small things: a value
   * has at most 256 KiB, a space is read as a whole.
   * </pre>
   */
  public static final class VariableServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<VariableServiceFutureStub> {
    private VariableServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected VariableServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new VariableServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * The values of a space.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.GetVariablesResponse> getVariables(
        io.qtasks.v1.GetVariablesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetVariablesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Set and remove values of a space, each by itself.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.SetVariablesResponse> setVariables(
        io.qtasks.v1.SetVariablesRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getSetVariablesMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Set a value if it still is what the caller thinks it is: for changes that must not
     * get lost. Not done when it is not; then the answer says what it is.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.SwapVariableResponse> swapVariable(
        io.qtasks.v1.SwapVariableRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getSwapVariableMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_GET_VARIABLES = 0;
  private static final int METHODID_SET_VARIABLES = 1;
  private static final int METHODID_SWAP_VARIABLE = 2;

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
        case METHODID_GET_VARIABLES:
          serviceImpl.getVariables((io.qtasks.v1.GetVariablesRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.GetVariablesResponse>) responseObserver);
          break;
        case METHODID_SET_VARIABLES:
          serviceImpl.setVariables((io.qtasks.v1.SetVariablesRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.SetVariablesResponse>) responseObserver);
          break;
        case METHODID_SWAP_VARIABLE:
          serviceImpl.swapVariable((io.qtasks.v1.SwapVariableRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.SwapVariableResponse>) responseObserver);
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
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getGetVariablesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.GetVariablesRequest,
              io.qtasks.v1.GetVariablesResponse>(
                service, METHODID_GET_VARIABLES)))
        .addMethod(
          getSetVariablesMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.SetVariablesRequest,
              io.qtasks.v1.SetVariablesResponse>(
                service, METHODID_SET_VARIABLES)))
        .addMethod(
          getSwapVariableMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.SwapVariableRequest,
              io.qtasks.v1.SwapVariableResponse>(
                service, METHODID_SWAP_VARIABLE)))
        .build();
  }

  private static abstract class VariableServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    VariableServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.qtasks.v1.VariableServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("VariableService");
    }
  }

  private static final class VariableServiceFileDescriptorSupplier
      extends VariableServiceBaseDescriptorSupplier {
    VariableServiceFileDescriptorSupplier() {}
  }

  private static final class VariableServiceMethodDescriptorSupplier
      extends VariableServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    VariableServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (VariableServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new VariableServiceFileDescriptorSupplier())
              .addMethod(getGetVariablesMethod())
              .addMethod(getSetVariablesMethod())
              .addMethod(getSwapVariableMethod())
              .build();
        }
      }
    }
    return result;
  }
}
