"""Keys of the binderhub chart, at the pinned version."""

KEYS = """
. config:m cors:m deployment:m dind:m extraConfig:m extraEnv:ml extraFiles:m extraPodSpec:m
  extraVolumeMounts:l extraVolumes:l global:m hpa:m httpRoute:m image:m imageBuilderType:=host|dind|pink
  imageCleaner:m ingress:m initContainers:l jupyterhub:m lifecycle:m networkPolicy:m nodeSelector:m pdb:m
  pink:m podAnnotations:m rbac:m registry:m replicas:i resources:m service:m tolerations:l
pdb enabled:b maxUnavailable:i0 minAvailable:i0
rbac enabled:b
image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
registry password:s0 url:s0 username:s0
service annotations:m labels:m loadBalancerIP:s0 nodePort:i0
  type:=ClusterIP|NodePort|LoadBalancer|ExternalName
deployment labels:m livenessProbe:m readinessProbe:m
dind daemonset:m enabled:b hostLibDir:s hostSocketDir:s hostSocketName:s initContainers:l resources:m
  storageDriver:s
dind.daemonset extraArgs:l extraVolumeMounts:l extraVolumes:l image:m lifecycle:m
dind.daemonset.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
dind.daemonset.lifecycle postStart:m preStop:m
pink daemonset:m hostSocketDir:s hostSocketName:s hostStorageDir:s initContainers:l resources:m
pink.daemonset extraArgs:l extraVolumeMounts:l extraVolumes:l image:m lifecycle:m
pink.daemonset.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
pink.daemonset.lifecycle postStart:m preStop:m
imageCleaner cordon:b delay:i enabled:b extraEnv:ml host:m image:m imageGCThresholdHigh:i
  imageGCThresholdLow:i imageGCThresholdType:s
imageCleaner.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
imageCleaner.host dockerLibDir:s dockerSocket:s dockerSocketDir:s dockerSocketName:s enabled:b
ingress annotations:m enabled:b hosts:l https:m ingressClassName:s0 pathSuffix:s0
  pathType:=Prefix|Exact|ImplementationSpecific tls:l
ingress.https enabled:b type:s
lifecycle postStart:m preStop:m
"""
"""One line for each section: its path, and its keys with the codes of charts.py."""
